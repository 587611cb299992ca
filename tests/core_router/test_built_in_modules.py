"""Giving communities the commands of the built-in modules."""

from collections.abc import Iterator

import pytest
from django.core.management import call_command
from django.utils import timezone

from core_router import registry
from core_router.api import give_modules
from core_router.models import Command, CommunityModule
from core_router.queries.commands import command_table
from core_router.sdk import Call, CommandSpec, Module, Reply
from identity.models import Community, User
from tests import make
from tests.client import Api

COMMANDS = "/router/v1/communities/rookery/commands"


class Dice(Module):
    slug = "dice"
    title = "Dice"
    description = "Rolls dice."
    commands = (
        CommandSpec(name="roll", description="Rolls one.", aliases=("dice", "d6")),
        CommandSpec(name="flip", description="Flips a coin.", cooldown_user_s=3),
    )

    def handle(self, call: Call) -> Reply:
        return Reply("4")


@pytest.fixture
def dice() -> Iterator[Module]:
    """A module that is installed after the rookery was made."""
    modules = dict(registry._modules)
    owners = dict(registry._owners)
    module = Dice()
    yield module
    registry._modules.clear()
    registry._modules.update(modules)
    registry._owners.clear()
    registry._owners.update(owners)


def words(place: Community) -> set[str]:
    return set(command_table(place.pk).words)


def test_a_new_community_has_every_module(rookery: Community) -> None:
    names = {f"!{spec.name}" for module in registry.all_modules() for spec in module.commands}

    assert names
    assert names <= words(rookery)


def test_an_old_community_gets_what_came_since(rookery: Community, dice: Module) -> None:
    assert "!roll" not in words(rookery)
    registry.register(dice)

    call_command("sync_modules")

    assert {"!roll", "!dice", "!d6", "!flip"} <= words(rookery)
    flip = command_table(rookery.pk).find("!", "flip")
    assert flip is not None
    assert (flip.module, [limit.window_s for limit in flip.limits]) == ("dice", [3])


def test_what_a_community_removed_does_not_come_back(api: Api, rookery: Community) -> None:
    so = command_table(rookery.pk).find("!", "so")
    assert so is not None
    api.delete(f"{COMMANDS}/{so.id}")

    assert give_modules(community_id=rookery.pk, now=timezone.now()) == 0
    call_command("sync_modules")

    assert "!so" not in words(rookery)


def test_words_a_community_uses_stay_its_own(rookery: Community, dice: Module) -> None:
    make.command(rookery, "d6", "mine")
    make.command(rookery, "flip", "mine too")
    registry.register(dice)

    assert give_modules(community_id=rookery.pk, now=timezone.now()) == 1

    table = command_table(rookery.pk)
    roll, d6, flip = table.find("!", "roll"), table.find("!", "d6"), table.find("!", "flip")
    assert roll and d6 and flip  # noqa: PT018
    assert (roll.aliases, d6.response, flip.response) == (("dice",), "mine", "mine too")


def test_everybody_is_reached_however_many_there_are(
    alice: User, rookery: Community, dice: Module, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core_router.operations.modules.BATCH", 2)
    for _ in range(4):
        make.community(owner=alice)
    registry.register(dice)

    call_command("sync_modules")

    assert CommunityModule.objects.filter(slug="dice").count() == 5
    assert Command.objects.filter(module="dice").count() == 10
