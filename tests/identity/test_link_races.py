"""Many codes and links at once, on real PostgreSQL: one wins, and the limits hold."""

from functools import partial
from typing import Any

import pytest
from django.utils import timezone

from identity import api as identity
from identity.data import ChatAccount, LinkStep
from identity.models import IdentityLink, LinkRequest, User
from identity.operations.link_proofs import verify
from identity.operations.link_requests import Asked, ask_link
from identity.operations.linking import link_account, unlink_account
from tests import make
from tests.identity.parallel import at_once, refusals

pytestmark = pytest.mark.django_db(transaction=True)

each_round = pytest.mark.parametrize("round_", range(5))


def asked_by(person: User, **more: Any) -> Asked:
    return ask_link(
        user_id=person.pk,
        platform="discord",
        actor=f"user:{person.pk}",
        now=timezone.now(),
        **more,
    )


def type_as(platform_user_id: int, code: str) -> LinkStep | None:
    typist = ChatAccount("discord", str(platform_user_id), f"penguin{platform_user_id}")
    return identity.type_code(typist=typist, code=code, now=timezone.now())


@each_round
def test_of_fifty_accounts_that_type_one_code_one_may_confirm_it(round_: int) -> None:
    code = asked_by(make.user()).code

    steps = at_once(*[partial(type_as, number, code) for number in range(50)])

    assert [step.state for step in steps if step] == ["confirming"]


@each_round
def test_of_fifty_confirmations_one_links(round_: int) -> None:
    type_as(77, asked_by(make.user()).code)
    typist = ChatAccount("discord", "77", "penguin77")
    confirm = partial(identity.confirm_typed, typist=typist, now=timezone.now())

    steps = at_once(*[confirm] * 50)

    assert [step.state for step in steps if step] == ["verified"]


@each_round
def test_fifty_guesses_of_one_account_are_five(round_: int) -> None:
    bob = make.user()
    asked = asked_by(bob)

    at_once(*[partial(type_as, 77, f"WRONG{number}") for number in range(50)])

    assert type_as(77, asked.code) is None
    assert type_as(78, asked.code) is not None


@each_round
def test_fifty_guesses_at_one_request_are_five(round_: int) -> None:
    bob = make.user()
    link_id = asked_by(bob).request.pk
    guess = partial(
        verify, user_id=bob.pk, link_id=link_id, code="ABCDEF", actor="", now=timezone.now()
    )

    results = at_once(*[guess] * 50)

    codes = refusals(results)
    assert (codes.count("code_invalid"), codes.count("too_many_attempts")) == (5, 45)
    assert LinkRequest.objects.get().attempts == 5


@each_round
def test_of_two_who_link_one_account_at_once_one_has_it(round_: int) -> None:
    bob, carol = make.user(), make.user()
    identity.resolve(platform="discord", platform_user_id="77", user_name="penguin")
    link = partial(
        link_account,
        platform="discord",
        platform_user_id="77",
        user_name="penguin",
        method="oauth",
        actor="system",
        now=timezone.now(),
    )

    results = at_once(*[partial(link, user_id=each.pk) for each in [bob, carol] * 25])

    owner_id = IdentityLink.objects.get().user_id
    assert owner_id in {bob.pk, carol.pk}
    assert refusals(results) == ["account_already_linked"] * 25
    assert LinkRequest.objects.count() == 1


@each_round
def test_fifty_who_ask_at_once_get_five_codes(round_: int) -> None:
    bob = make.user()

    results = at_once(*[partial(asked_by, bob)] * 50)

    assert refusals(results) == ["too_many_codes"] * 45
    assert LinkRequest.objects.filter(state="pending").count() == 1


@each_round
def test_fifty_people_at_one_address_get_five_codes(round_: int) -> None:
    people = [make.user() for _ in range(50)]

    results = at_once(*[partial(asked_by, each, address="203.0.113.9") for each in people])

    assert refusals(results) == ["too_many_codes"] * 45


@each_round
def test_of_two_ways_in_given_up_at_once_one_stays(round_: int) -> None:
    bob = make.user()
    links = [make.link(bob, platform, "77") for platform in ("discord", "twitch")]
    unlink = partial(unlink_account, user_id=bob.pk, actor="", now=timezone.now())

    results = at_once(*[partial(unlink, link_id=link.pk) for link in links])

    assert refusals(results) == ["last_login_method"]
    assert IdentityLink.objects.count() == 1
