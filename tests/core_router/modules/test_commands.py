"""`!command`."""

from collections.abc import Callable

import pytest

from core_router.engines.text import InvalidTemplateError, UnknownVariableError
from core_router.models import Command
from core_router.operations.commands import CommandConflictError, CommandWish, add_command
from core_router.operations.words import InvalidNameError
from core_router.queries.commands import command_table
from core_router.sdk import RefusedError, Requirement, Role
from identity.data import Tenant
from identity.models import Community, User
from tests import make
from tests.core_router.modules.conftest import NOW
from waddlebot.lib.errors import DomainError, NotFoundError

Tell = Callable[..., str]


@pytest.fixture(autouse=True)
def _empty(rookery: Community) -> None:
    Command.objects.filter(community=rookery).delete()


def answers(tenant: Tenant) -> dict[str, str]:
    return {word: command.response for word, command in command_table(tenant.id).words.items()}


def test_a_command_is_added_edited_and_removed(tell: Tell, tenant: Tenant) -> None:
    assert tell('!command add Hug ${user} "hugs" ${touser}') == "Added !Hug."
    assert answers(tenant) == {"!hug": '${user} "hugs" ${touser}'}

    assert tell("!cmd EDIT !hug squeeze") == "Changed !Hug."
    assert answers(tenant) == {"!hug": "squeeze"}

    assert tell("!command remove hug") == "Removed !Hug."
    assert answers(tenant) == {}


def test_a_command_has_other_names(tell: Tell, tenant: Tenant) -> None:
    tell("!command add hug squeeze")

    assert tell("!command alias hug !cuddle") == "!cuddle now calls !hug."
    assert answers(tenant) == {"!hug": "squeeze", "!cuddle": "squeeze"}

    assert tell("!command unalias cuddle cuddle") == "!cuddle is free again."
    assert answers(tenant) == {"!hug": "squeeze"}


def test_an_emoji_is_a_name(tell: Tell, tenant: Tenant) -> None:
    assert tell("!command add ❤️ love") == "Added !❤️."

    assert answers(tenant) == {"!❤": "love"}


@pytest.mark.parametrize(
    "line",
    [
        "!command",
        "!command add",
        "!command add hug",
        "!command edit hug",
        "!command dance hug",
        "!command remove",
        "!command alias hug",
        "!command alias hug a b",
        "!command unalias hug",
    ],
)
def test_half_a_command_is_answered_with_the_usage(tell: Tell, line: str) -> None:
    tell("!command add hug squeeze")

    with pytest.raises(RefusedError, match="Usage"):
        tell(line)


@pytest.mark.parametrize(
    ("line", "kind", "detail"),
    [
        ("add hug again", RefusedError, "edit hug"),
        ("add HUG again", RefusedError, "edit hug"),
        ("add wave ${wobble}", UnknownVariableError, "wobble"),
        ("add wave ${random:9-1}", InvalidTemplateError, "random"),
        ("edit hug ${wobble}", UnknownVariableError, "wobble"),
        ("add wave " + "x" * 2001, InvalidTemplateError, "2000"),
        ("add " + "x" * 51 + " text", InvalidNameError, "50"),
        ("add #wave text", InvalidNameError, "prefix"),
        ("add @everyone text", InvalidNameError, "everybody"),
        ("edit wave text", RefusedError, "no command !wave"),
        ("remove wave", RefusedError, "no command !wave"),
        ("alias wave w", RefusedError, "no command !wave"),
        ("alias hug bye", CommandConflictError, "!bye belongs to !bye"),
        ("unalias hug bye", NotFoundError, "no such alias"),
    ],
)
def test_what_cannot_be_is_refused(
    tell: Tell, tenant: Tenant, line: str, kind: type[DomainError], detail: str
) -> None:
    tell("!command add hug squeeze")
    tell("!command add bye so long")

    with pytest.raises(kind, match=detail):
        tell(f"!command {line}")

    assert answers(tenant) == {"!hug": "squeeze", "!bye": "so long"}


def test_a_modules_command_may_only_be_given_aliases(tell: Tell, tenant: Tenant) -> None:
    wish = CommandWish(name="quote", module="quote")
    add_command(community_id=tenant.id, wish=wish, actor="", now=NOW)

    for line in ("edit quote text", "remove quote"):
        with pytest.raises(RefusedError, match="belongs to the module quote"):
            tell(f"!command {line}")
    with pytest.raises(CommandConflictError):
        tell("!command add quote text")
    tell("!command alias quote q")

    assert command_table(tenant.id).find("!", "q") is not None


@pytest.mark.parametrize("line", ["edit vault open", "remove vault", "alias vault v"])
def test_nobody_changes_what_is_above_them(tell: Tell, tenant: Tenant, line: str) -> None:
    wish = CommandWish(name="vault", response="shut", requires=Requirement(min_role="admin"))
    add_command(community_id=tenant.id, wish=wish, actor="", now=NOW)

    with pytest.raises(RefusedError, match="needs the role admin"):
        tell(f"!command {line}", role=Role.MODERATOR)

    assert answers(tenant) == {"!vault": "shut"}


def test_another_communitys_command_is_unknown(tell: Tell, alice: User) -> None:
    other = make.community(owner=alice)
    wish = CommandWish(name="theirs", response="text")
    add_command(community_id=other.pk, wish=wish, actor="", now=NOW)

    with pytest.raises(RefusedError, match="no command !theirs"):
        tell("!command remove theirs")


def test_line_breaks_become_spaces(tell: Tell, tenant: Tenant) -> None:
    tell("!command add rules be kind\r\nhave fun")

    assert answers(tenant) == {"!rules": "be kind have fun"}
