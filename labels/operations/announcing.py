"""Making every process forget what it remembers of labels, once the transaction commits."""

from collections.abc import Iterable

from labels.data import Kind
from labels.operations.versions import renew_version
from labels.queries.books import SYSTEM
from waddlebot.lib.cache import announce, announce_many


def forget_people(*, community_id: int | None, user_ids: Iterable[int]) -> None:
    """Make every process ask again what people hold of a community; of None, of the system."""
    place = SYSTEM if community_id is None else community_id
    announce_many("labels", [f"{place}:{user_id}" for user_id in user_ids])


def forget_community(community_id: int | None) -> None:
    """The same of its labels and groups themselves, whoever holds or is in them."""
    renew_version(community_id)
    announce("label_books", SYSTEM if community_id is None else str(community_id))
    announce("label_rules", "" if community_id is None else str(community_id))


def forget_holders(*, community_id: int | None, kind: Kind, targets: Iterable[int | str]) -> None:
    """The same after labels were pinned or taken off."""
    if kind is Kind.USER:
        forget_people(community_id=community_id, user_ids=[int(target) for target in targets])
    elif kind is Kind.ENTITY_GROUP and community_id is None:
        announce("label_books")  # Whose the groups are, they would have to be asked.
    elif kind is Kind.ENTITY_GROUP:
        forget_community(community_id)
