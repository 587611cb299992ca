"""People as chat brings them: seen in a community, without an account."""

from identity import api as identity
from identity.data import Person
from identity.models import Community


def seen(place: Community, name: str, platform: str = "twitch", account: str = "") -> Person:
    """Return somebody seen in a community; their account's id is their name unless it is told."""
    person = identity.resolve(
        platform=platform,
        platform_user_id=account or name,
        user_name=name,
        seen_in=place.pk,
    )
    assert person is not None
    return person
