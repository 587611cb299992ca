"""All there is to be permitted in a community, and the labels that permit it."""

from collections.abc import Iterator

from labels.data import Question
from labels.queries.bearer import NONE
from labels.queries.book import Entry
from labels.queries.books import book_of, system_book
from labels.registry import PERMISSION, covering, question_of, questions_in


def permissions_in(community_id: int) -> list[Question]:
    """Return all that somebody answers for, and what labels grant besides, by name."""
    questions = {each.permission: each for each in questions_in(community_id)}
    for book in (book_of(community_id), system_book()):
        for entry in book.labels.values():
            for grant in entry.own_grants - questions.keys():
                if PERMISSION.fullmatch(grant) and not grant.endswith("*"):
                    questions[grant] = question_of(grant, community_id=community_id)
    return sorted(questions.values(), key=lambda each: each.permission)


def labels_that_allow(question: Question, community_id: int) -> list[Entry]:
    """Return the labels whose holders may, whatever else they are."""
    asked = question.requires
    alone = asked.any_label if not (asked.min_role or asked.platform_roles) else NONE
    return list(labels_worth(question, alone, community_id))


def labels_worth(question: Question, names: frozenset[str], community_id: int) -> Iterator[Entry]:
    """Return the labels that grant it, or are one of the names or imply one."""
    grants = covering(question.permission) if question.permission else NONE
    for book in (book_of(community_id), system_book()):
        for entry in book.labels.values():
            if not (grants.isdisjoint(entry.grants) and names.isdisjoint(entry.names)):
                yield entry
