"""Whom a reference means in a community, from this process' memory; asked for every check."""

from identity.models import Membership
from identity.queries.people import UnknownAccountError, people, person_by_public_id
from waddlebot.lib.cache import SEPARATOR, LocalCache


def person_here(*, community_id: int, reference: str) -> int | None:
    """Return whom a public id (`u_…`) or an account (`twitch:42`) means, as `find_people` does.

    None is somebody who is not there, or whom the community has never seen.
    """
    try:
        user_id = _person(reference)
        _seen.get(f"{community_id}:{user_id}")
    except UnknownAccountError:
        return None
    return user_id


def _person(reference: str) -> int:
    platform, colon, account_id = reference.partition(":")
    if colon:
        return people.get(f"{platform}{SEPARATOR}{account_id}").person.id
    return _public_ids.get(reference)


# Nobody is remembered as unknown: the next one who looks may meet them.
def _load_public_id(public_id: str) -> int:
    person = person_by_public_id(public_id)
    if person is None:
        raise UnknownAccountError
    return person.id


def _load_seen(key: str) -> bool:
    community_id, _, user_id = key.partition(":")
    if not Membership.objects.filter(community_id=community_id, user_id=user_id).exists():
        raise UnknownAccountError
    return True


_public_ids = LocalCache("public_ids", _load_public_id, size=100_000)
_seen = LocalCache("seen", _load_seen, size=100_000)
