"""What every chat module promises, whoever wrote it."""

import re
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core_router import registry
from core_router.data import MESSAGE_TYPES
from core_router.modules.so.module import Shoutout
from core_router.sdk import Call, CommandSpec, Module, Role
from identity.data import Tenant
from identity.models import User
from tests.core_router.modules.conftest import a_call
from waddlebot.lib.errors import DomainError

MODULES = registry.all_modules()
COMMANDS = [(module, spec) for module in MODULES for spec in module.commands]

WORDS = [
    "add", "edit", "remove", "alias", "unalias", "set", "reset", "+", "-", "+5", "1", "0", "-1",
    "9" * 25, "hug", "!hug", "#hug", "@", "!", "/ban", "@everyone", "@EveryOne", "<!channel>",
    "${user}", "${nope}", "%", "_", '"', "'", "\\", "\u202e", "a\r\nb", "x" * 500, "🐧",
]  # fmt: skip
HOSTILE = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=80),
    st.lists(st.sampled_from(WORDS), max_size=5).map(" ".join),
)

each_module = pytest.mark.parametrize("module", MODULES, ids=lambda module: module.slug)
each_command = pytest.mark.parametrize(
    ("module", "spec"), COMMANDS, ids=lambda part: getattr(part, "name", None) or part.slug
)
many_times = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def test_the_modules_we_ship_are_there() -> None:
    shipped = {"account", "help", "commands", "counter", "quote", "so", "why"}

    assert shipped <= {module.slug for module in MODULES}


@each_module
def test_it_says_what_it_is(module: Module) -> None:
    assert re.fullmatch(r"[a-z][a-z0-9-]{0,49}", module.slug)
    assert 0 < len(module.title) <= 40
    assert 0 < len(module.description) <= 200
    assert module.commands


@each_module
def test_what_it_can_be_told_of_it_hears_only_where_it_is_asked_to(module: Module) -> None:
    assert set(module.events) <= MESSAGE_TYPES
    assert bool(module.events) is (type(module).handle_event is not Module.handle_event)
    assert bool(module.events) is (type(module).hears is not Module.hears)


@pytest.mark.django_db
@each_module
def test_a_new_community_has_not_asked_it_to(module: Module, tenant: Tenant) -> None:
    assert not module.hears(tenant.id)


@each_module
def test_its_folder_says_what_it_is_for(module: Module) -> None:
    package = type(module).__module__.rpartition(".")[0]

    readme = Path(*package.split("."), "README.md").read_text()

    assert 5 <= len(readme.splitlines()) <= 20


@each_command
def test_its_commands_are_lower_case_words(module: Module, spec: CommandSpec) -> None:
    words = (spec.name, *spec.aliases)

    assert all(word.isalnum() and word.islower() and len(word) <= 50 for word in words)


@each_command
def test_its_commands_are_explained(module: Module, spec: CommandSpec) -> None:
    assert 0 < len(spec.description) <= 200
    assert spec.description.endswith(".")
    assert bool(spec.usage) or not spec.min_args


@pytest.mark.django_db
@each_command
def test_whatever_is_typed_it_answers_or_refuses(
    module: Module, spec: CommandSpec, tenant: Tenant, alice: User
) -> None:
    @many_times
    @given(HOSTILE, st.sampled_from(Role))
    def check(typed: str, role: Role) -> None:
        call = a_call(f"!{spec.name} {typed}", community=tenant, user=alice, role=role)
        if len(call.args) < spec.min_args:
            return
        with transaction.atomic():
            said = _answer(module, call)
        assert said
        assert len(said) <= 2000
        assert "@everyone" not in said.lower()
        assert "<!channel>" not in said
        assert not re.search(r"[\x00-\x1f\u202e]", said)

    check()


@pytest.mark.django_db
@each_command
def test_it_needs_nobody_it_has_met_before(
    module: Module, spec: CommandSpec, tenant: Tenant
) -> None:
    typed = " ".join(["bob"] * spec.min_args)

    assert _answer(module, a_call(f"!{spec.name} {typed}", community=tenant, dry_run=True))


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("module", "spec"),
    [(module, spec) for module, spec in COMMANDS if spec.is_pure],
    ids=lambda part: getattr(part, "name", None) or part.slug,
)
def test_a_pure_command_only_reads(
    module: Module, spec: CommandSpec, tenant: Tenant, alice: User
) -> None:
    for typed in ("bob", "bob + add", "2"):
        call = a_call(f"!{spec.name} {typed}", community=tenant, user=alice, dry_run=True)
        with CaptureQueriesContext(connection) as queries:
            _answer(module, call)
        assert all(re.match("SELECT|(RELEASE |ROLLBACK TO )?SAVEPOINT", q["sql"]) for q in queries)


@pytest.mark.django_db
def test_the_migrations_match_the_models() -> None:
    call_command("makemigrations", "--check", "--dry-run", verbosity=0)


def test_a_slug_is_taken_once() -> None:
    with pytest.raises(ValueError, match="registered twice"):
        registry.register(Shoutout())


def test_a_word_is_taken_once() -> None:
    class Another(Shoutout):
        slug = "another"

    with pytest.raises(ValueError, match="!so is claimed by so already"):
        registry.register(Another())

    assert registry.module("another") is None


def _answer(module: Module, call: Call) -> str:
    """Return what is said, in reply or in refusal."""
    try:
        with transaction.atomic():
            return module.handle(call).text
    except DomainError as refusal:
        return refusal.detail
