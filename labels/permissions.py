"""Who may do what to labels. Every view asks here once, and nothing below asks again."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Final

from django.utils import timezone
from rest_framework.request import Request

from identity import api as identity
from identity.data import Credential, Tenant
from labels.models import Label
from labels.queries.bearer import Bearer
from labels.queries.bearing import bearer
from labels.queries.check import check
from labels.queries.giving import refusal_of_name, refusals, refusing
from labels.queries.labels import Power
from labels.registry import normal, permission_of, role_handing_on
from waddlebot.lib.errors import ForbiddenError

FOR_GOOD: Final = datetime(9000, 1, 1, tzinfo=UTC)


class BeyondReachError(ForbiddenError):
    """Nobody makes a label worth more than they are themselves."""

    code = "beyond_reach"


def demand(request: Request, place: Tenant, permission: str) -> None:
    """Return when the asker has a permission in a community; raise ForbiddenError otherwise."""
    credential = identity.credential_of(request)
    identity.require_second_factor(credential, place.id)
    refusal = refusal_of(credential, place.id, permission)
    if refusal:
        record_refused(request, place, permission)
        raise ForbiddenError(refusal)


@contextmanager
def on_record(request: Request, place: Tenant) -> Iterator[None]:
    """Put on the record that something was refused, though it takes its transaction back."""
    try:
        yield
    except ForbiddenError as refusal:
        record_refused(request, place, refusal.code)
        raise


def record_refused(request: Request, place: Tenant, reason: str) -> None:
    identity.record_refusal(
        category="authorization",
        action="labels",
        actor=identity.actor_of(identity.credential_of(request)),
        community_id=place.id,
        reason=reason,
    )


@dataclass(frozen=True, slots=True)
class Reach:
    """How far somebody reaches, as they are before they change anything.

    What they change may be what they are: asked afterwards, it would allow itself.
    """

    credential: Credential
    community_id: int
    own: Bearer
    lasting: Bearer

    @classmethod
    def of(cls, request: Request, place: Tenant) -> "Reach":
        credential = identity.credential_of(request)
        who = partial(bearer, community_id=place.id, user_id=credential.user_id)
        return cls(credential, place.id, who(now=timezone.now()), who(now=FOR_GOOD))

    def demand(self, before: Power, after: Power) -> None:
        """Return when a label may change from one worth to another, whoever holds it.

        Who manages labels by a label, and not by their role, moves only those that permit no more
        than they may for good; lets a label imply only what they may give; and calls none by a
        name that others ask for, unless they may give that one.
        """
        beyond = [g for g in sorted(before.grants | after.grants) if not self._may_hand_on(g)]
        if beyond:
            raise BeyondReachError(f"It is for those who may do this themselves: {beyond[0]}.")
        parents = Label.objects.filter(pk__in=after.parents - before.parents)
        reasons = [*refusals(self.refuse, self.community_id, parents).values()]
        if after.name not in {"", before.name}:
            reasons += [refusal_of_name(self.refuse, self.community_id, after.name)]
        if any(reasons):
            raise BeyondReachError(max(reasons))

    def demand_lending(self, lent: Iterable[Label]) -> None:
        """Return when they may decide who holds these, which groups lend to their people."""
        labels = list(lent)
        if any(label.is_system for label in labels) and not self.credential.is_staff:
            raise BeyondReachError("Labels of the system come with this group: that is for staff.")
        reasons = refusals(self.refuse, self.community_id, labels)
        if reasons:
            raise BeyondReachError(f"Labels come with this group. {min(reasons.values())}")

    def refuse(self, permission: str) -> str:
        return "" if self.credential.is_staff else refusing(self.own)(permission)

    def _may_hand_on(self, grant: str) -> bool:
        """Tell whether they have all of `grant` by their role, or by labels that do not end."""
        role = self.own.own_role
        if self.credential.is_staff or role >= role_handing_on(grant):
            return True
        if role >= permission_of(grant).min_role:  # So it is their role that would allow it.
            return False
        # That anybody may today, as with a command that requires nothing, is no right of theirs.
        return all(each.label_granting(normal(grant)) for each in (self.own, self.lasting))


def refusal_of(credential: Credential, community_id: int, permission: str) -> str:
    """Return why somebody may not, or nothing when they may."""
    if credential.is_staff:
        return ""
    decision = check(
        community_id=community_id,
        user_id=credential.user_id,
        permission=permission,
        now=timezone.now(),
        told_to=credential.user_id,
    )
    return "" if decision.allowed else decision.reason


def refusals_to_give(
    credential: Credential, community_id: int, labels: Iterable[Label]
) -> dict[int, str]:
    """Return why a credential may not give or take each of these; see `giving.refusals`."""
    return refusals(partial(refusal_of, credential, community_id), community_id, labels)


def refusals_to_let_give(
    user_id: int | None, community_id: int, labels: Iterable[Label]
) -> dict[int, str]:
    """The same for what somebody has asked for earlier, by what they may now; None may all."""
    if user_id is None:
        return {}
    person = identity.person_by_id(user_id)
    if person is None:
        return {label.pk: "Whoever asked for this is gone." for label in labels}
    credential = Credential("job", person.id, person.is_staff, frozenset())
    return refusals_to_give(credential, community_id, labels)
