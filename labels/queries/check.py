"""May they? Roles, labels and groups together, from this process' memory."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import partial
from itertools import chain
from typing import Any

from labels.data import Decision, Explanation, Question, Requirement
from labels.queries.bearer import NONE, Bearer
from labels.queries.bearing import bearer
from labels.queries.nearest import Search, not_there
from labels.queries.wording import THEY, YOU, Hop, label_hops, role_hops, told
from labels.registry import covering, question_of


def check(  # noqa: PLR0913
    *,
    community_id: int,
    user_id: int,
    now: datetime,
    permission: str = "",
    requires: Requirement | None = None,
    platform_roles: frozenset[str] = NONE,
    entity: str = "",
    told_to: int = 0,
) -> Decision:
    """Tell whether somebody has a permission in a community, or meets what is required there.

    `entity` is where they ask, and `platform_roles` what they are there. Whom it is `told_to` is
    called you, and told the names that they may see.
    """
    somebody = bearer(
        community_id=community_id,
        user_id=user_id,
        now=now,
        platform_roles=platform_roles,
        entity=entity,
    )
    if requires is None:
        question = question_of(permission, community_id=community_id)
    else:
        question = Question(permission or "This", permission, requires)
    return judge(somebody, question, told_to=told_to)


def names_of(
    *, community_id: int, user_id: int, now: datetime, entity: str = ""
) -> frozenset[str]:
    """Return the names of the labels somebody holds at this moment, with all these imply."""
    return bearer(community_id=community_id, user_id=user_id, now=now, entity=entity).names


def judge(somebody: Bearer, question: Question, *, told_to: int = 0) -> Decision:
    """Answer a question about somebody; why it is so is said when it is asked for."""
    if somebody.may(question):
        return Decision(partial(_allowed, somebody, question, told_to), allowed=True)
    return Decision(partial(_refused, somebody, question, told_to), allowed=False)


def ways_of(somebody: Bearer, question: Question) -> list[list[Hop]] | None:
    """Return the way to each thing that is asked for; None when they may not."""
    asked = question.requires
    if somebody.meets(asked):
        return [*_ways_to(somebody, asked)]
    by = somebody.label_granting(question.permission) if question.permission else None
    return [label_hops(somebody, by, permission=question.permission)] if by else None


def _allowed(somebody: Bearer, question: Question, told_to: int) -> Explanation:
    ways = ways_of(somebody, question) or []
    is_granted = bool(ways) and ways[0][-1]["kind"] == "grant"
    reasons = [] if is_granted else [f"{question.title} asks for {question.requires.words}."]
    words = _words(somebody, told_to)
    reasons += [told(way, somebody.now, words) for way in ways]
    return Explanation(via=tuple(chain.from_iterable(ways)), reason=" ".join(reasons))


def _ways_to(somebody: Bearer, asked: Requirement) -> Iterator[list[Hop]]:
    if asked.min_role:
        yield role_hops(somebody)
    if asked.any_label and (by := somebody.label_among(asked.any_label)):
        yield label_hops(somebody, by, names=asked.any_label)
    if asked.platform_roles:
        known = min(asked.platform_roles & somebody.platform_roles)
        yield [{"kind": "platform_role", "role": known}]


def _refused(somebody: Bearer, question: Question, told_to: int) -> Explanation:
    asked, words = question.requires, _words(somebody, told_to)
    missing = dict(_missing(somebody, asked))
    grants = covering(question.permission) if question.permission else NONE
    names = asked.any_label if [*missing] == ["label"] else NONE
    step = Search(somebody, names, grants, words, told_to).nearest()
    if step is None and "label" in missing:
        # It is not there, or not enough by itself.
        label = Search(somebody, asked.any_label, NONE, words, told_to).nearest()
        label = label or not_there(min(asked.any_label))
        missing["label"], said = label.would_allow, label.said
    else:
        said = step.said if step else ""
    of = [step.would_allow] if step else [*missing.values()]
    return Explanation(
        reason=f"{question.title} needs {asked.words}. {said}".rstrip(),
        would_allow=of[0] if len(of) == 1 else {"kind": "all", "of": of},
    )


def _missing(somebody: Bearer, asked: Requirement) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Return what stands in the way, each with what would clear it."""
    if not somebody.has_role(asked.min_role):
        yield "role", {"kind": "role", "role": asked.min_role}
    if asked.any_label and somebody.label_among(asked.any_label) is None:
        yield "label", {"kind": "label", "label": min(asked.any_label)}
    if not somebody.has_platform_role(asked.platform_roles):
        yield "platform_role", {"kind": "platform_role", "role": min(asked.platform_roles)}


def _words(somebody: Bearer, told_to: int) -> Mapping[str, str]:
    return YOU if told_to and told_to == somebody.user_id else THEY
