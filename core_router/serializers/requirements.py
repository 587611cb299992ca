from typing import Any

from rest_framework import serializers

from core_router.operations.requirements import MOST_NAMES, ROLES
from labels.data import Requirement
from waddlebot.lib.fields import Strict, Texts


class ExemptSerializer(Strict):
    any_label = Texts(longest=50, max_length=MOST_NAMES, required=False)
    min_role = serializers.ChoiceField(choices=ROLES, required=False, allow_null=True)


class RequiresSerializer(ExemptSerializer):
    platform_roles = Texts(longest=30, max_length=MOST_NAMES, required=False)


def requirement_of(given: dict[str, Any]) -> Requirement:
    return Requirement(
        min_role=given.get("min_role") or "",
        any_label=frozenset(given.get("any_label", ())),
        platform_roles=frozenset(given.get("platform_roles", ())),
    )
