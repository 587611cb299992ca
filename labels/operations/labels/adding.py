"""Making labels."""

from datetime import datetime

from django.db import IntegrityError, transaction

from labels.models import Label
from labels.operations.labels.parents import set_parents
from labels.operations.labels.telling import facts_of, tell
from labels.operations.labels.wishes import LabelWish, checked, fields_of
from labels.queries.labels import labels_of
from labels.queries.quotas import quotas_of
from waddlebot.lib.errors import ConflictError, Flaw
from waddlebot.lib.locks import hold


class TooManyLabelsError(ConflictError):
    code = "too_many_labels"


class LabelExistsError(ConflictError):
    code = "label_exists"

    def __init__(self) -> None:
        detail = "There is a label of this kind and name already."
        super().__init__(detail, errors=[Flaw("#/name", detail)])


def add_label(*, community_id: int | None, wish: LabelWish, actor: str, now: datetime) -> Label:
    """Make a label of a community; with None, one of the system's."""
    wish = checked(wish, is_system=community_id is None)
    with transaction.atomic():
        lock_labels(community_id)
        most = quotas_of(community_id).labels
        if labels_of(community_id).count() >= most:
            raise TooManyLabelsError(f"A community has at most {most} labels.")
        row = Label(
            community_id=community_id,
            is_system=community_id is None,
            created_at=now,
            updated_at=now,
            **fields_of(wish),
        )
        save(row)
        set_parents(row, wish.parents)
        tell(row, "label.added", actor, now, after=facts_of(row))
    return row


def make_label(
    *, community_id: int, name: str, description: str = "", actor: str, now: datetime
) -> int:
    """Make a label for people that permits nothing; return its id."""
    wish = LabelWish(name, description=description)
    return add_label(community_id=community_id, wish=wish, actor=actor, now=now).pk


def lock_labels(community_id: int | None) -> None:
    """Wait until nobody else changes a community's labels, or who holds them; till the commit."""
    hold("labels", community_id)


def save(row: Label) -> None:
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as error:
        if "one_label_per_kind_and_name" in str(error):
            raise LabelExistsError from None
        raise
