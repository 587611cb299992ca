"""Who may give which label, whoever asks: a credential, or somebody in chat."""

from collections.abc import Callable, Iterable
from itertools import chain

from labels.models import Label
from labels.queries.bearer import Bearer
from labels.queries.check import judge
from labels.queries.labels import exclusive_siblings, grants_of
from labels.registry import question_of, uses_of

Refuse = Callable[[str], str]
"""Says why somebody has not a permission, or nothing when they have it."""


def refusing(somebody: Bearer) -> Refuse:
    """Return what refuses somebody, as they are where they ask."""

    def refuse(permission: str) -> str:
        question = question_of(permission, community_id=somebody.community_id)
        if somebody.may(question):
            return ""
        return judge(somebody, question, told_to=somebody.user_id).reason

    return refuse


def refusals(refuse: Refuse, community_id: int, labels: Iterable[Label]) -> dict[int, str]:
    """Return why somebody may not give or take each of these; the ones they may are left out.

    Whoever may give labels at all may give those that permit nothing. One that permits something,
    by its parents too, or takes one that does off by excluding it, wants
    `labels:assign:<its name>`: nobody lifts themselves up.
    """
    if not refuse("labels:assign:*"):
        return {}
    wanted = {label.pk: label for label in labels}
    siblings = exclusive_siblings(community_id, wanted.values())
    powerful = grants_of({*wanted, *chain.from_iterable(siblings.values())}).keys()
    refusal = refuse("labels:assign")
    reasons = {}
    for pk, label in wanted.items():
        is_plain = powerful.isdisjoint({pk, *siblings[pk]})
        if (refusal or not is_plain) and (named := refuse(f"labels:assign:{label.name}")):
            reasons[pk] = refusal if is_plain else named
    return reasons


def refusal_of_name(refuse: Refuse, community_id: int, name: str) -> str:
    """Return why somebody may not call a label by a name that others ask for, or nothing."""
    if not uses_of(community_id=community_id, name=name):
        return ""
    return refuse(f"labels:assign:{name}") and refuse("labels:assign")
