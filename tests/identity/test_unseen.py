"""Who was only ever seen in chat, long ago, is forgotten."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import override_settings
from django.utils import timezone

from core_router.modules.quote.operations import add_quote
from identity import api as identity
from identity.data import Role
from identity.models import Community, IdentityLink, Membership, ReputationDay, User
from identity.operations.unseen import forget_unseen
from identity.queries.people import is_remembered
from tests import make

LONG_AGO = timezone.now() - timedelta(days=400)


@pytest.fixture
def bob(rookery: Community) -> User:
    """Somebody staged, seen in the rookery long ago."""
    person = identity.resolve(
        platform="twitch", platform_user_id="42", user_name="bob", seen_in=rookery.pk
    )
    assert person is not None
    IdentityLink.objects.update(created_at=LONG_AGO, last_seen_at=LONG_AGO)
    User.objects.filter(pk=person.id).update(date_joined=LONG_AGO)
    return User.objects.get(pk=person.id)


def forget() -> int:
    return forget_unseen(now=timezone.now())


def test_they_go_with_their_points_and_nobody_remembers_them(
    bob: User, rookery: Community
) -> None:
    Membership.objects.filter(user=bob).update(reputation=50)
    ReputationDay.objects.create(community=rookery, user=bob, day=LONG_AGO.date(), reason="x")

    assert (forget(), forget()) == (1, 0)
    assert not User.objects.filter(pk=bob.pk).exists()
    assert not is_remembered("twitch", "42")


@pytest.mark.parametrize(
    "change",
    [
        {"last_seen_at": timezone.now()},
        {"last_seen_at": None, "created_at": timezone.now()},
        {"verified_at": LONG_AGO},
    ],
    ids=["seen lately", "made lately", "proved"],
)
def test_they_stay_when_their_account_says_so(
    bob: User, change: dict[str, datetime | None]
) -> None:
    IdentityLink.objects.update(**change)

    assert forget() == 0


def test_one_account_seen_lately_keeps_them(bob: User) -> None:
    IdentityLink.objects.create(
        user=bob, platform="discord", platform_user_id="1", platform_username="bob"
    )

    assert forget() == 0


@pytest.mark.parametrize("change", [{"is_staged": False}, {"erased_at": LONG_AGO}])
def test_only_staged_people_go(bob: User, change: dict[str, Any]) -> None:
    User.objects.filter(pk=bob.pk).update(**change)

    assert forget() == 0


def test_a_role_keeps_them(bob: User, rookery: Community) -> None:
    make.member(rookery, bob, Role.MODERATOR)

    assert forget() == 0


def test_whatever_another_app_has_of_them_keeps_them(bob: User, rookery: Community) -> None:
    add_quote(community_id=rookery.pk, text="Fish!", user_id=bob.pk, now=timezone.now())

    assert forget() == 0


@override_settings(STAGED_USER_DAYS=0)
def test_zero_days_forgets_nobody(bob: User) -> None:
    assert forget() == 0
