"""A small AWS that this WaddleBot talks to, and a command that a function of it answers."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pytest_django import Settings

from core_router.data import EngineType
from core_router.engines import aws as clients
from core_router.engines.breaker import forget_failures
from core_router.models import Command
from tests.core_router.engines.aws.runtime import Function, functions_in
from tests.core_router.engines.aws.service import Aws, small_aws

Add = Callable[..., Command]

CODE = Path(__file__).parent / "functions"
NAMES = ["handler", "silent", "raising", "slow", "dying", "odd", "chatty", "wrong"]


@pytest.fixture(scope="module")
def functions() -> Iterator[dict[str, Function]]:
    pytest.importorskip("awslambdaric", reason="AWS's runtime client is for Linux")
    handlers = {name: f"hello.{name}" for name in NAMES}
    with functions_in(CODE, **handlers, absent="hello.nobody", unheard="nowhere.handler") as made:
        made["slow"].timeout_s = 0.3
        yield made


@pytest.fixture
def aws(
    functions: dict[str, Function], settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Aws]:
    """Return an AWS whose functions this WaddleBot may call as itself, if they begin so."""
    forget_failures()
    settings.ENGINE_LAMBDA_FUNCTIONS = ["*"]
    settings.ENGINE_LAMBDA_ROLES = ["arn:aws:iam::*:role/waddlebot-*"]
    with small_aws() as made:
        made.functions = functions
        for name, value in {
            "AWS_ACCESS_KEY_ID": "AKIDSERVER000000",
            "AWS_SECRET_ACCESS_KEY": "s" * 40,
            "AWS_DEFAULT_REGION": "eu-west-1",
            "AWS_ENDPOINT_URL_LAMBDA": made.url,
            "AWS_ENDPOINT_URL_STS": made.url,
            "AWS_EC2_METADATA_DISABLED": "true",
        }.items():
            monkeypatch.setenv(name, value)
        clients._kept.clear()
        clients._session.cache_clear()
        yield made


@pytest.fixture
def calls(hello: Add) -> Add:
    """Return what gives the rookery `#hello`, answered by a function of that name."""
    return lambda function, **engine: hello(
        **{"type": EngineType.LAMBDA, "target": function, "secret": None} | engine
    )
