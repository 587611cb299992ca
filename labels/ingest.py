"""`POST /labels/v1/check`: a checked credential and bytes in, bytes out."""

from datetime import datetime
from typing import Annotated, Any, Final, Literal

import msgspec
from msgspec import Meta

from identity import api as identity
from identity.data import Credential, Scope
from labels.data import Decision, Question, Requirement
from labels.queries.bearing import bearer
from labels.queries.check import judge
from labels.registry import PERMISSION, question_of
from waddlebot.lib.endpoints import Answer, Asked, Route
from waddlebot.lib.errors import Flaw, InvalidError, NotFoundError
from waddlebot.lib.throttle import count_request
from waddlebot.lib.wire import LEAST_INT, MAX_BODY, MOST_INT, decode

NOBODY: Final = 0
MOST_NAMES: Final = 20
TITLE: Final = "This"

Reference = Annotated[str, Meta(min_length=1, max_length=200)]
Number = Annotated[int, Meta(ge=LEAST_INT, le=MOST_INT)]
Entity = Annotated[str, Meta(max_length=232)]
Words = Annotated[frozenset[Annotated[str, Meta(max_length=50)]], Meta(max_length=MOST_NAMES)]


class Account(msgspec.Struct, forbid_unknown_fields=True):
    platform: Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_-]{0,29}$")]
    platform_user_id: Annotated[str, Meta(min_length=1, max_length=100)]


class Required(msgspec.Struct, forbid_unknown_fields=True):
    any_label: Words = frozenset()
    min_role: Literal["member", "moderator", "admin", "owner"] | None = None
    platform_roles: Words = frozenset()


class Check(msgspec.Struct, forbid_unknown_fields=True):
    """Contract 4; with what the platform says of them, and where they ask."""

    user: Reference | Account | None = None
    platform: str | None = None
    platform_user_id: str | None = None
    community: Number | Reference | None = None
    permission: Annotated[str, Meta(max_length=140)] | None = None
    requires: Required | None = None
    platform_roles: Words = frozenset()
    entity: Entity = ""


decoder: Final = msgspec.json.Decoder(Check)
encode: Final = msgspec.json.Encoder().encode


def take_check(credential: Credential, asked: Asked, *, now: datetime) -> Answer:
    """Answer, or raise `DomainError` for a request that is refused."""
    check = decode(asked.body, decoder, bounded=True)
    place = identity.enter_as(credential, Scope.LABELS_READ, check.community)
    headers = count_request(credential)
    question = _question(check, place.id)
    somebody = bearer(
        community_id=place.id,
        user_id=_whom(check, place.id),
        now=now,
        platform_roles=check.platform_roles,
        entity=check.entity,
    )
    decision = judge(somebody, question, told_to=credential.user_id)
    return Answer(200, encode(_told(decision)), headers)


def _whom(check: Check, community_id: int) -> int:
    """Return who it is. An account may be checked before its first message: it is nobody yet."""
    reference = _reference(check)
    found = identity.person_here(community_id=community_id, reference=reference)
    if found is None and ":" not in reference:
        raise NotFoundError
    return found or NOBODY


def _reference(check: Check) -> str:
    """Return the public id or the account that is named: in `user`, or by itself."""
    user = check.user
    if user is None and check.platform and check.platform_user_id:
        user = Account(check.platform, check.platform_user_id)
    if user is None or (check.user and (check.platform or check.platform_user_id)):
        flaw = Flaw("#/user", "Name a user, or a platform with a platform_user_id.")
        raise InvalidError("Who is to be checked?", errors=[flaw])
    return user if isinstance(user, str) else f"{user.platform}:{user.platform_user_id}"


def _question(check: Check, community_id: int) -> Question:
    if (check.permission is None) is (check.requires is None):
        flaws = [
            Flaw(f"#/{name}", "Exactly one of permission and requires is needed.")
            for name in ("permission", "requires")
        ]
        raise InvalidError("What is to be checked?", errors=flaws)
    if check.requires is not None:
        asked = check.requires
        requires = Requirement(asked.min_role or "", asked.any_label, asked.platform_roles)
        return Question(TITLE, requires=requires)
    permission = check.permission or ""
    if not PERMISSION.fullmatch(permission):
        flaw = Flaw("#/permission", "A permission is like commands:so or labels:assign:vip.")
        raise InvalidError("The permission is malformed.", errors=[flaw])
    return question_of(permission, community_id=community_id)


def _told(decision: Decision) -> dict[str, Any]:
    told = {"allowed": decision.allowed, "via": decision.via, "reason": decision.reason}
    return told if decision.allowed else {**told, "would_allow": decision.would_allow}


CHECK: Final = Route("labels", take_check, MAX_BODY)
ROUTES: Final = {"/labels/v1/check": CHECK}
"""What stands before Django."""
