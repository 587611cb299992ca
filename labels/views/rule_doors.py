"""Who may come to a rule, and what of it stays as it is."""

from collections.abc import Mapping
from typing import Any

from rest_framework.request import Request

from identity.api import credential_of, enter
from identity.data import Scope, Tenant
from labels.models import Label, LabelRule
from labels.permissions import demand, record_refused, refusals_to_give
from waddlebot.lib.errors import Flaw, ForbiddenError, InvalidError


def entered(request: Request, reference: str | int | None) -> Tenant:
    place = enter(request, Scope.LABELS_WRITE, reference)
    demand(request, place, "labels:manage")
    return place


def managed(request: Request, rule: LabelRule) -> Tenant:
    """Return whose a rule is, once it is clear that the asker may change it."""
    return entered(request, rule.community_id)


def demand_giving(request: Request, place: Tenant, label: Label) -> None:
    """Raise unless the asker may give the label: a rule gives nobody more than its maker may."""
    for refusal in refusals_to_give(credential_of(request), place.id, [label]).values():
        record_refused(request, place, f"labels:assign:{label.name}")
        raise ForbiddenError(refusal)


def check_fixed(rule: LabelRule, place: Tenant, given: Mapping[str, Any]) -> None:
    """Raise when something is named that stays as it is, and named otherwise."""
    stays: dict[str, set[Any]] = {
        "label": {rule.label_id, rule.label.name},
        "community": {place.id, str(place.id), place.slug, None},
    }
    flaws = [
        Flaw(f"#/{name}", "This cannot be changed: make another rule.")
        for name, values in stays.items()
        if name in given and given[name] not in values
    ]
    if flaws:
        raise InvalidError("A rule keeps its label and its community.", errors=flaws)
