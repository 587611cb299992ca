"""`!help`."""

from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone

from core_router.data import EngineType, EngineWish
from core_router.models import Command, CommandName
from core_router.sdk import CommandWish, RefusedError, Role, add_command
from identity.models import Community, User
from tests.labels.cast import hold, label
from waddlebot.lib.cache import forget_everything

Tell = Callable[..., str]


@pytest.fixture
def command(rookery: Community) -> Callable[..., None]:
    Command.objects.filter(community=rookery).delete()

    def make_command(name: str, *aliases: str, **rest: Any) -> None:
        given = {"response": "" if "module" in rest else "Hello"} | rest
        row = Command.objects.create(community=rookery, name=name, **given)
        for word in (name, *aliases):
            CommandName.objects.create(
                community=rookery, command=row, prefix=row.prefix, word=word
            )
        forget_everything()

    return make_command


def test_it_lists_what_the_asker_may_use(
    tell: Tell, command: Callable[..., None], rookery: Community, alice: User
) -> None:
    command("hug")
    command("ban", min_role="moderator")
    command("gold", any_label=["vip"])
    command("sub", platform_roles=["subscriber"])
    command("old", enabled=False)
    command("ask", prefix="#")

    assert listed(tell("!help", role=Role.NONE)) == {"#ask", "!hug"}
    hold(label(rookery, "vip"), alice)
    assert listed(tell("!help", role=Role.NONE)) == {"#ask", "!gold", "!hug"}
    hold(label(rookery, "guard", "commands:BAN"), alice)
    assert listed(tell("!help", role=Role.NONE)) == {"#ask", "!ban", "!gold", "!hug"}
    assert "!ban" in listed(tell("!help", role=Role.ADMIN))
    assert "!sub" in listed(tell("!help", platform_roles=frozenset({"subscriber"})))


def test_nothing_to_use_is_said(tell: Tell, command: Callable[..., None]) -> None:
    command("old", enabled=False)

    assert tell("!help") == "There is no command for you here."


def test_a_long_list_has_pages(tell: Tell, command: Callable[..., None]) -> None:
    for number in range(90):
        command(f"command{number:02}")

    pages = [tell("!help"), tell("!help 2"), tell("!help 3")]

    assert all(len(page) <= 450 for page in pages)
    assert "more: !help 2" in pages[0]
    assert len(set.union(*map(listed, pages))) == 90
    with pytest.raises(RefusedError, match="3 pages"):
        tell("!help 4")


@pytest.mark.parametrize("asked", ["quote", "!quote", "QUOTE", "quotes"])
def test_it_explains_a_command_of_a_module(
    tell: Tell, command: Callable[..., None], asked: str
) -> None:
    command("quote", "quotes", module="quote", min_role="member", cooldown_user_s=5)

    said = tell(f"!help {asked}")

    assert said.startswith("!quote [number | words | add <text> | remove <number>]: ")
    assert "Needs the role member or higher." in said
    assert "Once in 5 s per person." in said
    assert "Also: !quotes." in said


def test_it_explains_a_text_command(tell: Tell, command: Callable[..., None]) -> None:
    command("hug", description="Hugs somebody.", limit_count=3, limit_window_s=60, enabled=False)

    assert tell("!help hug") == (
        "!hug: Hugs somebody. It is switched off here. 3 times in 60 s in all."
    )


@pytest.mark.parametrize(
    ("description", "told"),
    [("Says who is live.", "Says who is live."), ("", "Is answered by a module.")],
)
def test_it_explains_a_command_that_is_answered_elsewhere(
    tell: Tell, rookery: Community, description: str, told: str
) -> None:
    engine = EngineWish(EngineType.WEBHOOK, "https://example.org/live")
    add_command(
        community_id=rookery.pk,
        wish=CommandWish("live", prefix="#", engine=engine, description=description),
        actor="test",
        now=timezone.now(),
    )

    assert tell("!help #live") == f"#live: {told}"


@pytest.mark.parametrize("asked", ["nothing", "@everyone", "1234", "٢"])
def test_what_is_no_command_is_said(tell: Tell, command: Callable[..., None], asked: str) -> None:
    command("hug")

    with pytest.raises(RefusedError, match="no command") as refused:
        tell(f"!help {asked}")

    assert "@everyone" not in str(refused.value)


def listed(said: str) -> set[str]:
    names = said.partition(" … and")[0].partition(". More about")[0]
    return set(names.split(", "))
