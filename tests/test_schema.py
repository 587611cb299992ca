"""Every operation of `/schema`, tried with what hypothesis makes up: no 5xx, nothing undeclared.

`WADDLEBOT_FUZZ_EXAMPLES` says how many tries each gets; CI asks for more than a desk does.
"""

import os
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from django.core.handlers.wsgi import WSGIHandler
from django.core.management import call_command
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from identity.models import Community
from tests.client import Api
from tests.labels.world import world
from tests.platforms.conftest import discord, slack, twitch

__all__ = ["discord", "slack", "twitch"]

EXAMPLES = int(os.environ.get("WADDLEBOT_FUZZ_EXAMPLES", "20" if "CI" in os.environ else "6"))
CHECKS: list[Any] = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
NAMES = {
    "label_id": "LABEL",
    "group_id": "GROUP",
    "rule_id": "RULE",
    "job": "JOB",
    "user": "MEMBER",
    "kind": "KIND",
    "object_id": "PERSON",
}
"""The words of `tests/labels/world.py`, by the names that paths have for what they stand for."""
DESCRIPTION = schemathesis.openapi.from_wsgi("/schema", WSGIHandler())
OPERATIONS: list[Any] = [result.ok() for result in DESCRIPTION.get_all_operations()]  # type: ignore[union-attr]


@pytest.fixture(autouse=True)
def _connection_stays() -> Iterator[None]:
    """A request in earnest ends with its connection looked at; ours is the test's own."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


def names_in(path: str) -> dict[str, str]:
    """Return the words for the names in a path: of role rules, and jobs that ended, their own."""
    if "role-rules/{rule_id}" in path:
        return NAMES | {"group_id": "OUTER", "rule_id": "ROLERULE"}
    return NAMES | ({"job": "OVER"} if path.endswith(("/result", "/retry")) else {})


def cases_of(operation: Any) -> Any:
    """Make what the description allows, and what it does not."""
    good = operation.as_strategy(generation_mode=GenerationMode.POSITIVE)
    try:
        bad = operation.as_strategy(generation_mode=GenerationMode.NEGATIVE)
    except schemathesis.errors.SchemathesisError:
        return good  # Nothing about it can be wrong.
    return st.one_of(good, bad)


@pytest.fixture
def there(operation: Any, rookery: Community) -> dict[str, Any]:
    """Return what is there, by the names that the path of an operation has for it."""
    words = world(rookery)
    return {name: words[word] for name, word in names_in(operation.path).items()}


@pytest.mark.usefixtures("twitch", "slack", "discord")  # Or platforms would be asked for real.
@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.label)
def test_an_operation_answers_as_described(
    operation: Any, api: Api, there: dict[str, Any]
) -> None:
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(case=cases_of(operation), is_there=st.booleans())
    def try_it(case: Any, *, is_there: bool) -> None:
        if "community" in case.path_parameters:
            case.path_parameters["community"] = "rookery"
        if is_there:
            known = case.path_parameters.keys() & there.keys()
            case.path_parameters.update({name: there[name] for name in known})
        case.call_and_validate(headers={"Authorization": f"Bearer {api.key}"}, checks=CHECKS)

    try_it()


def test_the_description_has_no_warnings(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("spectacular", "--validate", "--fail-on-warn")

    assert "openapi: 3.1.0" in capsys.readouterr().out


def test_the_description_names_both_headers_of_a_key() -> None:
    document = Api().get("/schema").json()

    schemes = document["components"]["securitySchemes"]
    assert schemes["bearer"]["scheme"] == "bearer"
    assert schemes["apiKey"]["name"] == "X-API-Key"


def test_every_operation_tells_its_refusals() -> None:
    document = Api().get("/schema").json()
    operations = [each for path in document["paths"].values() for each in path.values()]

    # Those without `security` ask nobody who they are, so they refuse nobody for it.
    for operation in (each for each in operations if "security" in each):
        assert {"400", "401", "403", "404", "429", "503"} <= set(operation["responses"])
        assert "application/problem+json" in operation["responses"]["403"]["content"]
