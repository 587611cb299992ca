"""Modules that are functions of AWS Lambda; what they are given and answer is as over HTTP."""

import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from http import HTTPStatus
from typing import Any, Final

from django.conf import settings

from core_router.data import EngineRef, EngineType, EngineWish
from core_router.engines.answers import read_answer
from core_router.engines.aws import Account, client_of, forget_client
from core_router.engines.aws_errors import BAD_CREDENTIALS, function_error, told_as_ours
from core_router.engines.base import Answer, Engine, EngineError, Invocation
from core_router.engines.envelope import body_of
from core_router.engines.secrets import secrets_of
from waddlebot.lib.errors import Flaw, InvalidError
from waddlebot.lib.http import MAX_REPLY, ReplyTooLargeError, TimedOutError

REGION: Final = re.compile(r"[a-z]{2,4}(?:-[a-z]+){1,2}-\d")
# AWS's own, of an ARN whole or in part, or of a name, with or without a version.
FUNCTION: Final = re.compile(
    r"(?:(?:arn:aws[a-z-]*:lambda:)?(?P<region>[a-z]{2,4}(?:-[a-z]+){1,2}-\d):)?(?:\d{12}:)?"
    r"(?:function:)?[a-zA-Z0-9_-]{1,64}(?::(?:\$LATEST|[a-zA-Z0-9_-]{1,128}))?"
)
QUALIFIER: Final = re.compile(r"\$LATEST|[a-zA-Z0-9_-]{1,128}")
ROLE: Final = re.compile(r"arn:aws[a-z-]*:iam::\d{12}:role/[\w+=,.@/-]{1,128}", re.ASCII)
KEYS: Final = re.compile(r"[A-Z0-9]{16,128}:[A-Za-z0-9/+=]{16,128}")

FOREIGN: Final = "This WaddleBot may not call this function as itself: name a role, or give keys."
FOREIGN_ROLE: Final = "This WaddleBot may not take on this role."


class LambdaEngine(Engine):
    type = EngineType.LAMBDA

    def check(self, wish: EngineWish, *, community_id: int, has_secret: bool) -> EngineWish:
        flaws = {
            "function": _flaw_of_function(wish, has_secret=has_secret),
            "region": _flaw_of_region(wish),
            "qualifier": _misfit(QUALIFIER, wish.options.get("qualifier"), "A version or alias."),
            "role_arn": _flaw_of_role(wish),
            "secret": _misfit(KEYS, wish.secret, "An access key's id, a colon and its secret."),
        }
        errors = [Flaw(f"#/engine/{name}", flaw) for name, flaw in flaws.items() if flaw]
        if errors:
            raise InvalidError("This function cannot be called.", errors=errors)
        if "role_arn" not in wish.options:
            return wish
        # AWS asks for it wherever one service takes on the roles of many customers.
        external_id = f"waddlebot-community-{community_id}"
        return replace(wish, options={**wish.options, "external_id": external_id})

    def call(self, invocation: Invocation, *, timeout_s: float) -> Answer:
        account = _account_of(invocation.ref)
        try:
            return _call(account, invocation, timeout_s)
        except EngineError as error:
            # They may have run out before their time, or not have been there yet.
            if error.code == BAD_CREDENTIALS:
                forget_client(account)
            raise


def _call(account: Account, invocation: Invocation, timeout_s: float) -> Answer:
    ref = invocation.ref
    qualifier = {"Qualifier": ref.options["qualifier"]} if "qualifier" in ref.options else {}
    deadline = time.monotonic() + timeout_s
    with told_as_ours():
        client = client_of(account, timeout_s=timeout_s)
        left_s = deadline - time.monotonic()
        if left_s <= 0:
            raise EngineError(TimedOutError.code, TimedOutError.text)
        said = client.invoke(
            FunctionName=ref.target,
            InvocationType=ref.options.get("invocation", "RequestResponse"),
            Payload=body_of(invocation, datetime.now(UTC)),
            read_timeout=left_s,
            **qualifier,
        )
        body = _read(said["Payload"])
    if "FunctionError" in said:
        raise function_error(body, said["ResponseMetadata"].get("RequestId", ""))
    if said["StatusCode"] == HTTPStatus.ACCEPTED:
        return Answer(is_later=True)
    return read_answer(body)


def _account_of(ref: EngineRef) -> Account:
    """Raises EngineError when the server's admin does not allow it, or not any more."""
    region, role_arn = _region_of(ref.target, ref.options), ref.options.get("role_arn", "")
    if role_arn:
        if not _is_among(settings.ENGINE_LAMBDA_ROLES, role_arn):
            raise EngineError("not_allowed", FOREIGN_ROLE)
        return Account(region, role_arn=role_arn, external_id=ref.options["external_id"])
    if keys := secrets_of(ref.sealed, now=datetime.now(UTC)):
        return Account(region, keys=keys[0])
    if not _is_among(settings.ENGINE_LAMBDA_FUNCTIONS, ref.target):
        raise EngineError("not_allowed", FOREIGN)
    return Account(region)


def _read(body: Any) -> bytes:
    found: bytes = body.read(MAX_REPLY + 1)
    if len(found) > MAX_REPLY:
        body.close()
        raise EngineError(ReplyTooLargeError.code, ReplyTooLargeError.text)
    return found


def _region_of(function: str, options: Mapping[str, Any]) -> str:
    found = FUNCTION.fullmatch(function)
    return options.get("region") or (found and found["region"]) or ""


def _is_among(patterns: Sequence[str], name: str) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns)


def _misfit(form: re.Pattern[str], value: str | None, flaw: str) -> str:
    return "" if value is None or form.fullmatch(value) else flaw


def _flaw_of_function(wish: EngineWish, *, has_secret: bool) -> str:
    if not FUNCTION.fullmatch(wish.target):
        return "A function's name or ARN."
    is_ours = not has_secret and "role_arn" not in wish.options
    return (
        FOREIGN if is_ours and not _is_among(settings.ENGINE_LAMBDA_FUNCTIONS, wish.target) else ""
    )


def _flaw_of_region(wish: EngineWish) -> str:
    region = wish.options.get("region")
    if region is not None and _region_of(wish.target, {}) not in {"", region}:
        return "The function's ARN names another one."
    return _misfit(REGION, region, "A region of AWS, as eu-central-1.")


def _flaw_of_role(wish: EngineWish) -> str:
    role_arn = wish.options.get("role_arn")
    if role_arn is None:
        return ""
    if wish.secret is not None:
        return "A role or keys, not both."
    return _misfit(ROLE, role_arn, "The ARN of a role.") or (
        "" if _is_among(settings.ENGINE_LAMBDA_ROLES, role_arn) else FOREIGN_ROLE
    )
