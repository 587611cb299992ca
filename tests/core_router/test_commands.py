"""Commands, through their endpoints."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from core_router.models import Command
from core_router.operations.commands import (
    CommandConflictError,
    InvalidCommandError,
    add_alias,
    change_command,
    remove_alias,
)
from core_router.operations.requirements import InvalidRequirementError
from core_router.operations.words import InvalidNameError
from core_router.queries.commands import aliases_of, command_table, load_command_table
from identity.models import AuditEvent, Community, User
from labels.data import Requirement
from tests import make
from tests.client import Api
from waddlebot.lib.errors import DomainError, NotFoundError

COMMANDS = "/router/v1/communities/rookery/commands"


@pytest.fixture
def hug(api: Api) -> dict[str, Any]:
    return made(api, name="hug", response="hugs ${touser}", aliases=["cuddle", "squeeze"])


def made(api: Api, **wish: Any) -> dict[str, Any]:
    answer = api.post(COMMANDS, wish)
    assert answer.status_code == 201, answer.content
    command: dict[str, Any] = answer.json()
    return command


def problem(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def test_a_command_comes_back_as_it_was_sent(api: Api) -> None:
    sent = {
        "name": "Hug",
        "prefix": "#",
        "aliases": ["cuddle", "抱抱"],
        "response": "hugs ${touser}",
        "description": "Hugs somebody.",
        "enabled": False,
        "requires": {"any_label": ["vip"], "min_role": "moderator", "platform_roles": ["vip"]},
        "cooldown": {"user_s": 5, "channel_s": 2.5},
        "rate_limit": {"count": 3, "window_s": 60},
        "platforms": ["twitch"],
        "entities": ["discord+7"],
    }

    command = made(api, **sent)

    assert command == sent | {"id": command["id"], "uses": 0}
    assert api.get(f"{COMMANDS}/{command['id']}").json() == command
    assert api.get(f"{COMMANDS}?limit=1").json()["results"] == [command]


def test_what_is_not_said_has_a_quiet_default(api: Api) -> None:
    command = made(api, name="hi", response="Hello!")

    assert command["prefix"] == "!"
    assert command["requires"] == {"any_label": [], "min_role": None, "platform_roles": []}
    assert command["cooldown"] == {"user_s": 0, "channel_s": 0}
    assert command["rate_limit"] is None
    assert "module" not in command


@pytest.mark.parametrize("name", ["🎉", "❤️", "👩‍🚀", "привет", "ßtraße", "a" * 50, "!hi", " hi "])
def test_a_name_may_be_any_visible_word(api: Api, rookery: Community, name: str) -> None:
    made(api, name=name, response="Hello!")

    typed = name.strip().removeprefix("!").upper()
    assert command_table(rookery.pk).find("!", typed) is not None


@pytest.mark.parametrize(
    "name",
    ["", "!", "!!", "two words", "tab\there", "nul\0", "\u202ehi", "\ufe0f", "a" * 51, "#x", 7],
)
def test_a_name_that_cannot_be_typed_is_refused(api: Api, name: object) -> None:
    before = Command.objects.count()

    answer = api.post(COMMANDS, {"name": name, "response": "Hello!"})

    assert answer.status_code == 400
    assert Command.objects.count() == before


HOOK = {"type": "webhook", "url": "https://example.org/hello"}


@pytest.mark.parametrize(
    ("wish", "code"),
    [
        ({"response": "x", "module": "so"}, "invalid_command"),
        ({}, "invalid_command"),
        ({"response": "   "}, "invalid_command"),
        ({"response": "${nonsense}"}, "unknown_variable"),
        ({"module": "nonsense"}, "unknown_module"),
        ({"response": "x", "engine": HOOK}, "invalid_command"),
        ({"module": "so", "engine": HOOK}, "invalid_command"),
        ({"engine": {"type": "webhook"}}, "invalid"),
        ({"engine": {"type": "webhook", "function": "f"}}, "invalid"),
        ({"engine": {"type": "webhook", "url": "http://example.org"}}, "invalid"),
        ({"engine": {"type": "webhook", "url": "https://u:p@example.org"}}, "invalid"),
        ({"engine": HOOK | {"timeout_s": 31}}, "invalid"),
        ({"engine": HOOK | {"region": "eu-west-1"}}, "invalid"),
        ({"engine": HOOK | {"nonsense": 1}}, "invalid"),
        ({"engine": {"type": "perl", "url": "https://example.org"}}, "invalid"),
        ({"response": "x", "cooldwon": {}}, "invalid"),
        ({"response": "x", "cooldown": {"user_s": -1}}, "invalid"),
        ({"response": "x", "cooldown": {"user_s": "5"}}, "invalid"),
        ({"response": "x", "rate_limit": {"count": 1}}, "invalid"),
        ({"response": "x", "rate_limit": {"count": 0, "window_s": 5}}, "invalid"),
        ({"response": "x", "requires": {"min_role": "emperor"}}, "invalid"),
        ({"response": "x", "prefix": "?"}, "invalid"),
        ({"response": "x", "enabled": "yes"}, "invalid"),
        ({"response": "x", "aliases": "hi"}, "invalid"),
        ({"response": "x", "aliases": ["two words"]}, "invalid_name"),
        ({"response": "x", "aliases": [f"a{n}" for n in range(21)]}, "invalid"),
    ],
)
def test_what_no_command_can_be_is_refused(api: Api, wish: Any, code: str) -> None:
    answer = api.post(COMMANDS, {"name": "hi", **wish})

    assert problem(answer) == (400, code)
    assert not Command.objects.filter(name="hi").exists()


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'"x"', b"\xff", b"null"])
def test_a_body_that_is_no_object_is_refused(api: Api, body: bytes) -> None:
    assert api.post(COMMANDS, body).status_code == 400


def test_an_unknown_variable_is_named(api: Api) -> None:
    answer = api.post(COMMANDS, {"name": "hi", "response": "Hi ${usr}"}).json()

    assert "usr" in answer["detail"]
    assert answer["errors"][0]["pointer"] == "#/response"


@pytest.mark.parametrize("word", ["hug", "HUG", "cuddle", "!Squeeze"])
def test_a_taken_word_is_a_conflict_that_names_its_owner(
    api: Api, hug: dict[str, Any], word: str
) -> None:
    as_name = api.post(COMMANDS, {"name": word, "response": "x"})
    as_alias = api.post(COMMANDS, {"name": "other", "response": "x", "aliases": ["new", word]})

    assert problem(as_name) == problem(as_alias) == (409, "command_conflict")
    assert "!hug" in as_name.json()["detail"]
    assert as_alias.json()["errors"][0]["pointer"] == "#/aliases/1"


def test_the_same_word_with_the_other_prefix_is_free(api: Api, hug: dict[str, Any]) -> None:
    assert made(api, name="hug", prefix="#", response="x")["prefix"] == "#"


def test_an_alias_edit_that_fails_changes_nothing(
    api: Api, hug: dict[str, Any], rookery: Community
) -> None:
    other = made(api, name="wave", response="waves", aliases=["hello"])

    answer = api.patch(f"{COMMANDS}/{other['id']}", {"name": "bye", "aliases": ["ciao", "cuddle"]})

    assert problem(answer) == (409, "command_conflict")
    assert api.get(f"{COMMANDS}/{other['id']}").json() == other
    assert command_table(rookery.pk).find("!", "ciao") is None


def test_a_change_counts_at_once(api: Api, hug: dict[str, Any], rookery: Community) -> None:
    assert command_table(rookery.pk).find("!", "cuddle") is not None

    changed = api.patch(f"{COMMANDS}/{hug['id']}", {"aliases": ["snuggle"], "enabled": False})

    assert changed.json() == hug | {"aliases": ["snuggle"], "enabled": False}
    assert command_table(rookery.pk).find("!", "cuddle") is None
    found = command_table(rookery.pk).find("!", "SNUGGLE")
    assert found is not None
    assert not found.enabled


def test_a_command_may_trade_its_text_for_a_module(api: Api, hug: dict[str, Any]) -> None:
    path = f"{COMMANDS}/{hug['id']}"

    with_module = api.patch(path, {"module": "so"}).json()
    with_text = api.patch(path, {"response": "back"}).json()

    assert (with_module.get("response"), with_module["module"]) == (None, "so")
    assert (with_text["response"], with_text.get("module")) == ("back", None)


def test_a_changed_command_keeps_its_uses(api: Api, hug: dict[str, Any]) -> None:
    Command.objects.filter(pk=hug["id"]).update(uses=7)

    assert api.patch(f"{COMMANDS}/{hug['id']}", {"enabled": False}).json()["uses"] == 7


def test_a_removed_command_is_gone_and_its_words_are_free(
    api: Api, hug: dict[str, Any], rookery: Community
) -> None:
    assert api.delete(f"{COMMANDS}/{hug['id']}").status_code == 204

    assert api.get(f"{COMMANDS}/{hug['id']}").status_code == 404
    assert command_table(rookery.pk).find("!", "hug") is None
    made(api, name="squeeze", response="x")


def test_another_communitys_command_looks_like_none(api: Api, alice: User) -> None:
    elsewhere = make.command(make.community(owner=alice), "secret")
    path = f"{COMMANDS}/{elsewhere.pk}"

    answers = [api.get(path), api.patch(path, {"enabled": False}), api.delete(path)]

    assert [problem(answer) for answer in answers] == [(404, "not_found")] * 3
    assert Command.objects.get(pk=elsewhere.pk).enabled


def test_a_key_that_only_reads_changes_nothing(
    api: Api, alice: User, hug: dict[str, Any], rookery: Community
) -> None:
    reader = Api(make.key(alice, scopes=["router:read"], place=rookery))

    assert reader.get(COMMANDS).status_code == 200
    assert reader.post(COMMANDS, {"name": "x", "response": "x"}).status_code == 403
    assert reader.delete(f"{COMMANDS}/{hug['id']}").status_code == 403


def test_who_changed_what_is_written_down(api: Api, hug: dict[str, Any]) -> None:
    api.patch(f"{COMMANDS}/{hug['id']}", {"response": "squeezes"})

    entry = AuditEvent.objects.filter(action="command.changed").get()

    assert entry.target == f"command:{hug['id']}"
    assert entry.actor.startswith("key:")
    assert entry.details["before"]["response"] == "hugs ${touser}"
    assert entry.details["after"]["response"] == "squeezes"


def test_a_community_has_a_bounded_number_of_commands(
    api: Api, rookery: Community, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "core_router.operations.commands.MOST_COMMANDS", Command.objects.count() + 1
    )
    made(api, name="last", response="x")

    answer = api.post(COMMANDS, {"name": "more", "response": "x"})

    assert problem(answer) == (409, "too_many_commands")


def test_a_table_is_one_query(
    rookery: Community, django_assert_num_queries: Callable[[int], Any]
) -> None:
    make.command(rookery, "one")
    make.command(rookery, "two")

    with django_assert_num_queries(1):
        load_command_table(str(rookery.pk))


def test_aliases_come_and_go_one_by_one(hug: dict[str, Any], rookery: Community) -> None:
    which: dict[str, Any] = {"community_id": rookery.pk, "command_id": hug["id"]}
    who: dict[str, Any] = {"actor": "user:1", "now": timezone.now()}

    add_alias(alias="!Snuggle", **which, **who)
    row = remove_alias(alias="CUDDLE", **which, **who)

    assert aliases_of(row) == ("squeeze", "snuggle")
    with pytest.raises(NotFoundError):
        remove_alias(alias="cuddle", **which, **who)
    with pytest.raises(CommandConflictError):
        add_alias(alias="so", **which, **who)


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"limit_count": 3}, InvalidCommandError),
        ({"aliases": [f"a{number}" for number in range(21)]}, InvalidCommandError),
        ({"requires": Requirement(min_role="emperor")}, InvalidRequirementError),
        (
            {"requires": Requirement(any_label=frozenset(map(str, range(21))))},
            InvalidRequirementError,
        ),
        ({"name": "\u200d"}, InvalidNameError),
    ],
)
def test_what_chat_may_not_ask_for_either(
    hug: dict[str, Any], rookery: Community, change: dict[str, Any], error: type[DomainError]
) -> None:
    with pytest.raises(error):
        change_command(
            community_id=rookery.pk,
            command_id=hug["id"],
            changes=change,
            actor="user:1",
            now=timezone.now(),
        )


@pytest.mark.django_db(transaction=True)
def test_of_many_who_want_a_word_at_once_one_gets_it(alice: User, rookery: Community) -> None:
    full = make.key(alice, place=rookery)
    start = threading.Barrier(6)
    statuses: list[int] = []

    def ask(number: int) -> None:
        start.wait()
        wish = {"name": f"c{number}", "response": "x", "aliases": ["wanted"]}
        statuses.append(Api(full).post(COMMANDS, wish).status_code)
        connection.close()

    threads = [threading.Thread(target=ask, args=[number]) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(statuses) == [201, 409, 409, 409, 409, 409]
    assert Command.objects.filter(names__word="wanted").count() == 1
