"""People in groups, as they travel."""

from dataclasses import dataclass
from typing import Any, Final

from rest_framework import serializers

from labels.data import Result, Status
from labels.models import GroupMember
from labels.wire import LIST_ITEMS, counted
from waddlebot.lib.errors import Flaw, InvalidError

LONGEST_REFERENCE: Final = 140
USER: Final[dict[str, Any]] = {
    "type": "string",
    "maxLength": LONGEST_REFERENCE,
    "description": "A public id (`u_…`), or an account: `twitch:42`.",
}
MEMBER: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["user"],
    "properties": {"user": USER},
    "additionalProperties": False,
}
MEMBERS: Final[dict[str, Any]] = {
    "oneOf": [
        MEMBER,
        # An item of the wrong shape fails alone, so any is taken.
        {"type": "array", "items": {}, "minItems": 1, "maxItems": LIST_ITEMS},
    ]
}
ONE_RESULT: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["status", "user"],
    "properties": {"status": {"type": "string"}, "user": USER},
}
ACCOUNT: Final = frozenset({"platform", "platform_user_id"})
NO_PERSON: Final = Result(
    Status.ERROR, "invalid", 'Name somebody: "u_…", "twitch:42" or {"user": "u_…"}.'
)


class UserNamed(serializers.Serializer[Any]):
    id = serializers.CharField(help_text="Their public id.")
    name = serializers.CharField()


class GroupMemberOutput(serializers.Serializer[Any]):
    user = UserNamed()
    added_at = serializers.DateTimeField()


@dataclass(frozen=True, slots=True)
class Named:
    """Whom a request names; `is_list` though it may be a list of one."""

    references: list[str | Result]
    is_list: bool


def read_members(data: Any) -> Named:
    """Raises InvalidError and TooLargeError; of a list a bad item fails alone."""
    if isinstance(data, list):
        return Named([_reference(each) for each in counted(data)], is_list=True)
    one = _reference(data)
    if isinstance(one, Result):
        raise InvalidError(one.detail, errors=[Flaw("#/user", one.detail)])
    return Named([one], is_list=False)


def member_body(row: GroupMember) -> dict[str, Any]:
    user = {"id": row.user.public_id, "name": str(row.user)}
    return {"user": user, "added_at": row.added_at}


def _reference(item: Any) -> str | Result:
    """Return the name by which an item means somebody."""
    if isinstance(item, dict):
        if item.keys() == ACCOUNT and all(isinstance(each, str) for each in item.values()):
            item = f"{item['platform']}:{item['platform_user_id']}"
        elif item.keys() == {"user"}:
            item = item["user"]
    is_name = isinstance(item, str) and 0 < len(item) <= LONGEST_REFERENCE
    return item if is_name else NO_PERSON
