"""People come to be known: they sign up, or they are first seen in chat."""

from functools import partial

from django.db import transaction
from django.utils import timezone

from identity.data import Person, Role, Sighting
from identity.models import IdentityLink, Membership, User
from identity.operations.audit import record
from identity.operations.staging import LONGEST_NAME, stage
from identity.queries.people import Known, UnknownAccountError, as_person, known, people
from waddlebot.lib.cache import SEPARATOR, LocalCache, announce


def create_user(
    *,
    username: str,
    password: str | None = None,
    display_name: str = "",
    email: str = "",
    is_staff: bool = False,
) -> Person:
    """Make somebody who signs in: by password, or only by link when there is none."""
    user = User.objects.create_user(
        username,
        email,
        password,
        display_name=display_name,
        is_staff=is_staff,
        is_superuser=is_staff,
    )
    return as_person(user)


def undo_sign_up(user_id: int) -> None:
    """Take a sign-up back whose mail could not be sent, so that the name is free again."""
    with transaction.atomic():
        deleted, _ = User.objects.filter(pk=user_id, last_login=None).delete()
        if deleted:
            record(category="audit", action="sign_up_undone", target=f"user:{user_id}")


def forget_user(user_id: int) -> None:
    """Make every process look again at somebody whose account has changed."""
    for key_id in User.objects.get(pk=user_id).apikey_set.values_list("key_id", flat=True):
        announce("api_keys", key_id)
    for link in IdentityLink.objects.filter(user_id=user_id):
        announce("people", f"{link.platform}{SEPARATOR}{link.platform_user_id}")


def resolve(
    *,
    platform: str,
    platform_user_id: str,
    user_name: str,
    display_name: str = "",
    create: bool = True,
    seen_in: int | None = None,
) -> Person | None:
    """Return the person behind a platform account; with `create`, one seen for the first time.

    Of all who see a new account at once, one makes the person and all get the same. A new name
    on the platform is remembered, an empty one is no news. `seen_in` is the community
    they were seen in, which may know them from then on. Without `create` nothing is written.
    """
    key = f"{platform}{SEPARATOR}{platform_user_id}"
    try:
        found = people.get(key)
    except UnknownAccountError:
        if not create:
            return None
        found = _stage(key, user_name, display_name)
    if create:
        if _is_news(found, user_name, display_name):
            found = _rename(key, found, user_name, display_name)
        if seen_in is not None:
            visits.get(f"{seen_in}:{found.person.id}")
    return found.person


def _note_visit(key: str) -> bool:
    community_id, _, user_id = key.partition(":")
    visit = Membership(community_id=int(community_id), user_id=int(user_id), role=Role.NONE)
    if not Membership.objects.filter(community_id=community_id, user_id=user_id).exists():
        Membership.objects.bulk_create([visit], ignore_conflicts=True)
    return True


visits = LocalCache("visits", _note_visit, size=100_000)


def _is_news(found: Known, user_name: str, display_name: str) -> bool:
    return (bool(user_name) and found.user_name != user_name[:LONGEST_NAME]) or (
        bool(display_name) and found.display_name != display_name[:LONGEST_NAME]
    )


def _stage(key: str, user_name: str, display_name: str) -> Known:
    platform, platform_user_id = key.split(SEPARATOR, 1)
    seen = Sighting(platform, platform_user_id, user_name, display_name)
    stage([seen], now=timezone.now())
    found = known(platform, platform_user_id)
    # Not before the commit: a rolled back person must not be remembered.
    transaction.on_commit(partial(people.put, key, found))
    return found


def _rename(key: str, found: Known, user_name: str, display_name: str) -> Known:
    """Take over the new names, and show a staged person by them."""
    platform, platform_user_id = key.split(SEPARATOR, 1)
    new_user_name = user_name[:LONGEST_NAME] or found.user_name
    new_display_name = display_name[:LONGEST_NAME] or found.display_name
    with transaction.atomic():
        account = IdentityLink.objects.filter(platform=platform, platform_user_id=platform_user_id)
        if not account.update(platform_username=new_user_name, display_name=new_display_name):
            # Whose it was has been erased since this process looked.
            return _stage(key, user_name, display_name)
        User.objects.filter(pk=found.person.id, is_staged=True).update(
            display_name=new_display_name or new_user_name
        )
        announce("people", key)
    return known(platform, platform_user_id)
