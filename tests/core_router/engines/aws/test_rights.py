"""By what right a function is called: as the server, with keys of one's own, or by a role."""

from typing import Any

import pytest
from pytest_django import Settings

from identity.models import Community
from tests.client import Api
from tests.core_router.conftest import Door
from tests.core_router.engines.aws.conftest import Add
from tests.core_router.engines.aws.service import ROLE, Aws

pytestmark = pytest.mark.django_db

COMMANDS = "/router/v1/communities/rookery/commands"
KEYS = "AKIDROOKERY00000:" + "r" * 40


def test_a_server_without_keys_says_so(
    door: Door, calls: Add, aws: Aws, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nowhere")
    calls("handler")

    assert door.say("#hello")["reason"]["code"] == "bad_credentials"


def test_a_server_without_a_region_says_so(
    door: Door, calls: Add, aws: Aws, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nowhere")
    calls("handler")

    assert door.say("#hello")["reason"]["code"] == "no_region"


def test_a_community_s_own_keys_are_signed_with_in_its_region(
    door: Door, calls: Add, aws: Aws, settings: Settings
) -> None:
    settings.ENGINE_LAMBDA_FUNCTIONS = []
    aws.keys["AKIDROOKERY00000"] = "r" * 40
    calls("arn:aws:lambda:us-east-2:123456789012:function:handler", secret=KEYS)

    answer = door.say("#hello")

    assert answer["outcome"] == "executed"
    assert (aws.asked[0].key_id, aws.asked[0].region) == ("AKIDROOKERY00000", "us-east-2")


@pytest.mark.parametrize("known", [{}, {"AKIDROOKERY00000": "another" * 6}])
def test_keys_that_aws_does_not_know_are_named_as_the_reason(
    known: dict[str, str], door: Door, calls: Add, aws: Aws
) -> None:
    aws.keys |= known
    calls("handler", secret=KEYS)

    answer = door.say("#hello")

    assert answer["reason"]["code"] == "bad_credentials"
    assert not aws.asked


def test_a_role_is_taken_on_once_for_its_community_and_may_only_invoke(
    door: Door, calls: Add, aws: Aws, settings: Settings, rookery: Community
) -> None:
    settings.ENGINE_LAMBDA_FUNCTIONS = []
    aws.trusts[ROLE] = f"waddlebot-community-{rookery.pk}"
    calls("handler", options={"role_arn": ROLE})

    answers = [door.say("#hello")["outcome"] for _ in range(3)]

    assert answers == ["executed"] * 3
    (assumed,) = aws.assumed
    assert assumed["ExternalId"] == f"waddlebot-community-{rookery.pk}"
    assert '"Action":"lambda:InvokeFunction"' in assumed["Policy"]
    assert {asked.key_id[:4] for asked in aws.asked} == {"ASIA"}


def test_a_role_whose_keys_have_run_out_is_taken_on_anew(
    door: Door, calls: Add, aws: Aws, rookery: Community
) -> None:
    aws.trusts[ROLE] = f"waddlebot-community-{rookery.pk}"
    calls("handler", options={"role_arn": ROLE})
    door.say("#hello")
    aws.tokens.clear()

    answers = [door.say("#hello") for _ in range(2)]

    assert [answer["outcome"] for answer in answers] == ["failed", "executed"]
    assert len(aws.assumed) == 2


def test_a_role_that_trusts_another_community_is_not_taken_on(
    door: Door, calls: Add, aws: Aws
) -> None:
    aws.trusts[ROLE] = "waddlebot-community-0"
    calls("handler", options={"role_arn": ROLE})

    answer = door.say("#hello")

    assert answer["reason"]["code"] == "not_allowed"
    assert "external_id" in answer["reason"]["detail"]


@pytest.mark.parametrize("engine", [{}, {"options": {"role_arn": ROLE}}])
def test_what_the_server_s_admin_allows_no_more_is_called_no_more(
    engine: dict[str, Any], door: Door, calls: Add, aws: Aws, settings: Settings
) -> None:
    calls("handler", **engine)
    settings.ENGINE_LAMBDA_FUNCTIONS = settings.ENGINE_LAMBDA_ROLES = ["another-*"]

    answer = door.say("#hello")

    assert answer["reason"]["code"] == "not_allowed"
    assert not aws.asked
    assert not aws.assumed


def test_an_admin_gives_a_command_a_function_and_sees_what_its_role_has_to_trust(
    api: Api, door: Door, aws: Aws, rookery: Community
) -> None:
    engine = {"type": "lambda", "function": "handler", "region": "eu-north-1", "role_arn": ROLE}

    made = api.post(COMMANDS, {"name": "hello", "prefix": "#", "engine": engine}).json()

    external_id = f"waddlebot-community-{rookery.pk}"
    shown = engine | {"timeout_s": 5, "external_id": external_id, "has_secret": False}
    assert made["engine"] == shown
    aws.trusts[ROLE] = external_id
    assert door.say("#hello")["outcome"] == "executed"
    assert aws.asked[0].region == "eu-north-1"


def test_keys_once_given_stay_when_the_rest_is_changed_and_are_never_shown(
    api: Api, aws: Aws, settings: Settings
) -> None:
    settings.ENGINE_LAMBDA_FUNCTIONS = []
    engine = {"type": "lambda", "function": "handler", "secret": KEYS}
    made = api.post(COMMANDS, {"name": "hello", "prefix": "#", "engine": engine}).json()

    engine = {"type": "lambda", "function": "silent"}
    changed = api.patch(f"{COMMANDS}/{made['id']}", {"engine": engine})

    assert changed.status_code == 200
    assert changed.json()["engine"]["has_secret"] is True
    assert "r" * 40 not in changed.text


@pytest.mark.parametrize(
    ("engine", "pointer"),
    [
        ({"function": "billing"}, "function"),
        ({"function": "../x", "secret": KEYS}, "function"),
        ({"function": "http://x", "secret": KEYS}, "function"),
        ({"function": "f" * 65, "secret": KEYS}, "function"),
        ({"function": "f", "secret": KEYS, "region": "evil.example/"}, "region"),
        (
            {"function": "arn:aws:lambda:eu-west-1:123456789012:function:f", "secret": KEYS}
            | {"region": "eu-west-2"},
            "region",
        ),
        ({"function": "f", "secret": KEYS, "qualifier": "a/b"}, "qualifier"),
        ({"function": "f", "secret": "nonsense"}, "secret"),
        ({"function": "f", "role_arn": "arn:aws:iam::1:role/x"}, "role_arn"),
        ({"function": "f", "role_arn": "arn:aws:iam::123456789012:role/admin"}, "role_arn"),
        ({"function": "f", "role_arn": ROLE, "secret": KEYS}, "role_arn"),
    ],
)
def test_a_function_that_can_never_be_called_is_refused_where_it_is_wrong(
    engine: dict[str, str], pointer: str, api: Api, aws: Aws, settings: Settings
) -> None:
    settings.ENGINE_LAMBDA_FUNCTIONS = ["waddle-*"]
    wish = {"name": "hello", "prefix": "#", "engine": {"type": "lambda", **engine}}

    refused = api.post(COMMANDS, wish)

    assert refused.status_code == 400
    assert [flaw["pointer"] for flaw in refused.json()["errors"]] == [f"#/engine/{pointer}"]
