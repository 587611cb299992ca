"""Making every process forget what it remembers of labels, once the transaction commits."""

from collections.abc import Iterable

from waddlebot.lib.cache import announce, announce_many


def forget(*, community_id: int, user_id: int) -> None:
    """Make every process ask again what somebody holds."""
    announce("labels", f"{community_id}:{user_id}")


def forget_people(*, community_id: int, user_ids: Iterable[int]) -> None:
    announce_many("labels", [f"{community_id}:{user_id}" for user_id in user_ids])


def forget_community(community_id: int | None) -> None:
    """Make every process ask again about the labels of a community; of None, the system's."""
    announce("labels")


def forget_everybody() -> None:
    """The same, after a label itself was changed or removed."""
    announce("labels")
