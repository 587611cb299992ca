"""Changing labels. What they are called may change, their ids never do."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.db import transaction

from labels.data import Kind
from labels.models import Label
from labels.models.labels import scope_of
from labels.operations.labels.adding import lock_labels, save
from labels.operations.labels.parents import set_parents
from labels.operations.labels.settling import settle_soon
from labels.operations.labels.telling import facts_of, tell
from labels.operations.labels.wishes import LabelWish, checked, fields_of
from labels.queries.holders import taken_by_scope
from labels.queries.impact import uses_of_label
from labels.queries.labels import label_row
from waddlebot.lib.errors import ConflictError, Flaw


class LabelInUseError(ConflictError):
    """Others would notice. Whoever means it confirms it, by the name of the label."""

    code = "label_in_use"


class LabelsWouldBeTakenError(ConflictError):
    code = "labels_would_be_taken"


def change_label(
    *, label_id: int, changes: Mapping[str, Any], confirm: str = "", actor: str, now: datetime
) -> Label:
    """Change the named fields of a LabelWish, but for `kind`."""
    with transaction.atomic():
        row = locked_row(label_id)
        before = facts_of(row)
        wish = checked(replace(wish_of(row), **changes), is_system=row.is_system)
        if confirm != row.name:
            _refuse_surprises(row, wish)
        was = row.exclusive_scope
        for name, value in fields_of(wish).items():
            setattr(row, name, value)
        save(row)
        if "parents" in changes:
            set_parents(row, wish.parents)
        after = facts_of(row)
        if after != before:
            row.updated_at = now
            row.save(update_fields=["updated_at"])
            if row.exclusive_scope != was:
                settle_soon(row, now)
            tell(row, "label.changed", actor, now, before=before, after=after)
    return row


def locked_row(label_id: int) -> Label:
    """Return a label as it is once nobody else changes it."""
    lock_labels(label_row(label_id).community_id)
    return label_row(label_id)


def wish_of(row: Label) -> LabelWish:
    parents = row.parent_links.order_by("parent_id").values_list("parent_id", flat=True)
    return LabelWish(
        name=row.name,
        kind=Kind(row.kind),
        color=row.color,
        icon=row.icon,
        description=row.description,
        exclusive=row.exclusive,
        grants=row.grants,
        parents=list(parents),
    )


def _refuse_surprises(row: Label, wish: LabelWish) -> None:
    """Raise for a change that others would notice and nobody has confirmed."""
    again = f"Repeat with confirm={row.name}."
    uses = uses_of_label(row) if wish.name != row.name else []
    if uses:
        named = ", ".join(use.name for use in uses[:10])
        detail = f"{len(uses)} would not find it by its new name: {named}. {again}"
        raise LabelInUseError(detail, errors=[Flaw("#/name", detail)])
    taken = taken_by_scope(row, scope_of(wish.name)) if wish.exclusive else 0
    if taken:
        detail = f"So many would lose one of two labels, the one given earlier: {taken}. {again}"
        raise LabelsWouldBeTakenError(detail, errors=[Flaw("#/exclusive", detail)])
