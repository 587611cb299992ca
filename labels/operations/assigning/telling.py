"""Who hears of what was written: the log, the other apps, and every process' memory."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import partial
from typing import Any, Final

from django.db import transaction

from identity.api import record
from labels.data import Change, Ended, Kind
from labels.models import Label
from labels.operations.announcing import forget_holders
from labels.operations.assigning.deed import Deed, Key, Target
from labels.operations.assigning.plan import Plan
from labels.signals import labels_changed
from waddlebot.lib import metrics

MOST_NAMED: Final = 100
"""Assignments that a row of the log names; the table of assignments has them all."""


def tell(deed: Deed, plan: Plan) -> None:
    """Call it last, in the transaction: of nothing there is nothing to tell."""
    given = dict.fromkeys([pin[:2] for pin in plan.given])
    lost: dict[Ended, list[Key]] = defaultdict(list)
    for spell, because in plan.ended.values():
        if spell.key not in given:
            lost[because].append(spell.key)
    announce(deed, given, lost)
    by_somebody = [s.key for s, because in plan.ended.values() if because is not Ended.EXPIRED]
    if given or by_somebody:
        operation = "assign" if given else "remove"
        count = len(given) or len(by_somebody)
        transaction.on_commit(partial(metrics.label_operation, operation, count))
        _record(deed, before=by_somebody, after=list(given))


def announce(deed: Deed, given: Iterable[Key], lost: dict[Ended, list[Key]]) -> None:
    """Tell the other apps, and make every process ask again."""
    changes = [
        *_changes(deed.kind, given, deed.giver.source.value, gained=True),
        *(
            change
            for because, keys in lost.items()
            for change in _changes(deed.kind, keys, because.value, gained=False)
        ),
    ]
    if not changes:
        return
    targets = {target for change in changes for target in change.targets}
    forget_holders(community_id=deed.community_id, kind=deed.kind, targets=targets)
    labels_changed.send(
        sender=Label, community_id=deed.community_id, changes=tuple(changes), now=deed.now
    )


def _changes(kind: Kind, keys: Iterable[Key], because: str, *, gained: bool) -> list[Change]:
    targets: dict[int, list[Target]] = defaultdict(list)
    for label_id, target in keys:
        targets[label_id].append(target)
    return [
        Change(label_id, kind, tuple(found), gained, because)
        for label_id, found in targets.items()
    ]


def _record(deed: Deed, *, before: Sequence[Key], after: Sequence[Key]) -> None:
    giver = deed.giver
    record(
        category="audit",
        action="label_given" if after else "label_taken",
        actor=giver.actor,
        community_id=deed.community_id,
        target=_target(deed.kind, [*after, *before]),
        details={
            "kind": deed.kind.value,
            "source": giver.source.value,
            "source_ref": giver.source_ref,
            "before": _held(before),
            "after": _held(after),
        },
        now=deed.now,
    )


def _held(keys: Sequence[Key]) -> dict[str, Any]:
    """Name who held which label, up to a hundred of them."""
    holders: dict[str, list[str]] = defaultdict(list)
    for label_id, target in keys[:MOST_NAMED]:
        holders[f"label:{label_id}"].append(str(target))
    named = {label: " ".join(targets) for label, targets in holders.items()}
    return {"assignments": len(keys), "holders": named}


def _target(kind: Kind, keys: Sequence[Key]) -> str:
    labels, targets = ({key[part] for key in keys} for part in (0, 1))
    if len(targets) == 1:
        return f"{kind.value}:{targets.pop()}"
    return f"label:{labels.pop()}" if len(labels) == 1 else ""
