"""Who holds what permits something, for those who look through it now and then."""

from datetime import date, datetime

from django.db.models import Exists, OuterRef, Q

from identity import api as identity
from labels.data import Kind
from labels.models import ObjectLabel, UserLabel
from labels.queries.labels import grants_of
from labels.queries.searching.kinds import HERE
from labels.queries.searching.terms import labels_here
from labels.queries.spells import Spells


class Review:
    """The assignments of labels that permit something, by their parents too.

    What begins later is among them; what a group lends is told of the group.
    """

    def __init__(self, community_id: int, kind: Kind) -> None:
        self.community_id, self.kind = community_id, kind
        labels = labels_here(community_id)
        self.grants = grants_of(pk for pk, row in labels.items() if row.kind == kind)

    def spells(self, now: datetime, *, unseen_since: date | None = None) -> Spells:
        """Return them; with `unseen_since` of those alone who did nothing here since that day."""
        rows = UserLabel.objects if self.kind is Kind.USER else ObjectLabel.objects
        found = rows.filter(
            Q(valid_until=None) | Q(valid_until__gt=now),
            Q(community=self.community_id) | HERE[self.kind](self.community_id),
            label__in=self.grants,
            ended_at=None,
        )
        if unseen_since is not None:
            signs = identity.signs_of(self.community_id).filter(day__gte=unseen_since)
            found = found.exclude(Exists(signs.filter(user_id=OuterRef("user_id"))))
        return found.select_related("label")
