"""Discord's interactions, signed with Ed25519 and answered at once."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.utils import timezone
from pytest_django import Settings

from core_router import pipeline
from core_router.data import EngineType, EngineWish
from core_router.ingest.interactions import LATER
from core_router.models import CommandExecution, OutgoingAction
from core_router.operations.commands import CommandWish, add_command
from core_router.pipeline.couriers import deliver
from core_router.tasks import process_queue
from identity.models import Community, LinkRequest, User
from identity.operations.link_requests import ask_link
from tests import make
from tests.core_router.conftest import Door, Said
from tests.core_router.engines.conftest import SECRET
from tests.core_router.engines.server import ModuleServer
from tests.core_router.webhooks.conftest import waiting
from tests.core_router.webhooks.signing import (
    Sent,
    called_on_discord,
    discord,
    in_private_on_discord,
)

pytestmark = pytest.mark.django_db

EPHEMERAL = 64


@pytest.fixture(autouse=True)
def _server(rookery: Community) -> None:
    make.entity(rookery, platform="discord", server_id="70")


def text_of(said: Said) -> tuple[str, bool]:
    """Return what is said, and whether one person alone sees it."""
    answer = said.json()
    assert (said.status, answer["type"]) == (200, 4), answer
    assert answer["data"]["allowed_mentions"] == {"parse": []}
    return answer["data"]["content"], answer["data"].get("flags") == EPHEMERAL


def test_a_ping_is_answered_with_a_pong(door: Door) -> None:
    said = discord(1).to(door)

    assert (said.status, said.json()) == (200, {"type": 1})
    assert said.headers["Content-Type"] == "application/json"


def test_a_command_is_answered_in_the_answer_and_nowhere_else(
    door: Door, rookery: Community, settings: Settings
) -> None:
    settings.DISCORD_BOT_TOKEN = "a-token-to-speak-with"
    make.command(rookery, "hail", response="Hail ${args} from ${user}!")

    said = called_on_discord("hail", "the", 2, "crows").to(door)

    assert text_of(said) == ("Hail the 2 crows from Bob!", False)
    assert not OutgoingAction.objects.exists()


def test_a_subcommand_is_a_word_before_its_options(door: Door, rookery: Community) -> None:
    make.command(rookery, "hail", response="${args}")
    inner = [{"name": "who", "type": 3, "value": "bob"}]
    options = [
        {"name": "all", "type": 2, "options": [{"name": "of", "type": 1, "options": inner}]}
    ]

    said = called_on_discord("hail", data={"name": "hail", "type": 1, "options": options}).to(door)

    assert text_of(said)[0] == "all of bob"


def test_the_place_is_the_channel_of_the_server(door: Door, rookery: Community) -> None:
    make.command(rookery, "hail")

    called_on_discord("hail").to(door)

    (execution,) = CommandExecution.objects.all()
    assert execution.entity == "discord+70+71"


@pytest.mark.parametrize(
    ("permissions", "answers"), [(0, 0), (1 << 13, 1), (1 << 40, 1), (1 << 3, 1)]
)
def test_permissions_make_a_moderator(
    door: Door, rookery: Community, permissions: int, answers: int
) -> None:
    make.command(rookery, "hail", response="Hail!", min_role="moderator")

    said = called_on_discord("hail", permissions=permissions).to(door)

    assert (text_of(said)[0] == "Hail!") == bool(answers)


def test_a_command_nobody_has_is_told_to_the_caller_alone(door: Door) -> None:
    said = called_on_discord("nothing").to(door)

    assert text_of(said) == ("No command of this community has that name.", True)


def test_a_server_nobody_has_claimed_is_told_so(door: Door) -> None:
    said = called_on_discord("hail", guild_id="99").to(door)

    assert text_of(said) == ("This server belongs to no community of WaddleBot.", True)


def test_a_module_elsewhere_is_not_waited_for(
    door: Door, rookery: Community, module: ModuleServer
) -> None:
    wish = EngineWish(type=EngineType.WEBHOOK, target=module.url, secret=SECRET)
    add_command(
        community_id=rookery.pk,
        wish=CommandWish(name="far", prefix="!", engine=wish),
        actor="test",
        now=timezone.now(),
    )

    said = text_of(called_on_discord("far").to(door))
    asked = len(module.asked)
    deliver(clock=timezone.now)

    assert said == (LATER, True)
    assert (asked, len(module.asked), waiting()) == (0, 1, ["Hello!"])


def test_what_is_too_much_at_once_is_done_in_a_moment(
    door: Door, rookery: Community, monkeypatch: pytest.MonkeyPatch
) -> None:
    make.command(rookery, "hail")
    with monkeypatch.context() as patch:
        patch.setattr(pipeline, "slots", pipeline.Slots(0))
        said = text_of(called_on_discord("hail").to(door))

    process_queue()

    assert (said, waiting()) == ((LATER, True), ["This is hail."])


def test_a_code_typed_in_private_links_the_account(door: Door, alice: User) -> None:
    asked = ask_link(
        user_id=alice.pk,
        platform="discord",
        username="",
        actor=f"user:{alice.pk}",
        now=timezone.now(),
    )

    replies = [
        text_of(in_private_on_discord(*words).to(door))
        for words in (("verify", asked.code), ("confirm",))
    ]

    assert LinkRequest.objects.get().state == "verified"
    assert all(for_one for _, for_one in replies)


def test_what_is_no_line_goes_the_ordinary_way(
    door: Door, rookery: Community, monkeypatch: pytest.MonkeyPatch
) -> None:
    make.command(rookery, "hail", response="x" * 400)
    lines = [
        {"type": "chat", "text": "For you.", "ephemeral": True},
        {"type": "direct_message", "user_id": "42", "text": "Hush."},
        {"type": "chat", "text": "For all."},
    ]
    monkeypatch.setattr("core_router.pipeline.execute.said", lambda *_: lines)

    said = text_of(called_on_discord("hail").to(door))

    assert said == ("For you.", True)
    assert waiting() == ["Hush.", "For all."]


def test_what_was_sent_before_is_refused_and_done_once(door: Door, rookery: Community) -> None:
    make.command(rookery, "hail", response="Hail!")
    sent = called_on_discord("hail")

    statuses = [sent.to(door).status for _ in range(3)]

    assert statuses == [200, 401, 401]
    assert CommandExecution.objects.count() == 1


@pytest.mark.parametrize(
    "sent",
    [
        lambda: in_private_on_discord("verify", "123456"),
        lambda: called_on_discord("hail", guild_id="99"),
        lambda: discord(3),
    ],
    ids=["in private", "nobody's server", "a button"],
)
def test_what_no_community_hears_is_taken_once_too(door: Door, sent: Callable[[], Sent]) -> None:
    request = sent()

    assert [request.to(door).status for _ in range(2)] == [200, 401]


@pytest.mark.parametrize("minutes", [-6, 6])
def test_what_was_signed_long_ago_or_later_is_refused(door: Door, minutes: int) -> None:
    said = called_on_discord("hail", age=timedelta(minutes=minutes)).to(door)

    assert (said.status, said.json()["code"]) == (401, "bad_signature")


def test_another_key_is_refused(door: Door) -> None:
    assert discord(1, key=Ed25519PrivateKey.generate()).to(door).status == 401


def test_without_a_key_there_is_no_such_address(door: Door, settings: Settings) -> None:
    settings.DISCORD_PUBLIC_KEY = ""

    assert discord(1).to(door).status == 404


@pytest.mark.parametrize(
    ("kind", "answer"), [(3, {"type": 6}), (4, {"type": 8, "data": {"choices": []}})]
)
def test_buttons_and_suggestions_are_answered(
    door: Door, kind: int, answer: dict[str, Any]
) -> None:
    said = discord(kind, data={"custom_id": "x", "component_type": 2}).to(door)

    assert (said.status, said.json()) == (200, answer)


@pytest.mark.parametrize("kind", [5, 6, 99])
def test_what_nobody_waits_for_is_answered_for_one(door: Door, kind: int) -> None:
    assert text_of(discord(kind, data={"custom_id": "x"}).to(door))[1]


@pytest.mark.parametrize(
    "told",
    [
        {"data": None},
        {"data": []},
        {"id": 1},
        {"id": "x"},
        {"member": {"user": {"id": "\x00"}}},
        {"member": {"user": {"id": "42"}, "permissions": "9" * 5000}},
        {"member": {"user": {"id": "42"}, "permissions": "-1"}},
        {"guild_id": "7+0"},
        {"data": {"name": "hail", "options": [{"name": "o", "type": 2**70}]}},
        {"data": {"name": "hail", "options": [{"name": "o", "type": 3, "value": {}}]}},
        {"data": {"name": "ha\x00il"}},
        {"data": {"name": "\ud800"}},
    ],
)
def test_what_is_signed_and_makes_no_sense_is_malformed(door: Door, told: dict[str, Any]) -> None:
    assert called_on_discord("hail", **told).to(door).status == 400


def test_a_line_longer_than_discord_takes_is_cut(door: Door, rookery: Community) -> None:
    make.command(rookery, "hail", response="${args}")

    text, _ = text_of(called_on_discord("hail", "x" * 3000).to(door))

    assert 0 < len(text) <= 2000


def test_a_private_code_that_is_wrong_is_told(door: Door) -> None:
    said = in_private_on_discord("verify", "123456").to(door)

    assert text_of(said) == ("This code is not good. Check it, or ask for a new one.", True)


def test_other_private_commands_are_explained(door: Door) -> None:
    assert "verify" in text_of(in_private_on_discord("so", "bob").to(door))[0]
