"""Modules that are actions of OpenWhisk. The host is the operator's, never a community's."""

import base64
import re
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import quote

from django.conf import settings

from core_router.data import EngineRef, EngineType, EngineWish
from core_router.engines.answers import to_answer
from core_router.engines.base import Answer, Engine, EngineError, Invocation
from core_router.engines.envelope import body_of
from core_router.engines.http import AGENT, sent
from core_router.engines.openwhisk_errors import activation_error, refusal_of
from core_router.engines.secrets import secrets_of
from waddlebot.lib.errors import DomainError, Flaw, InvalidError
from waddlebot.lib.http import Reply, TimedOutError
from waddlebot.lib.wire import decode

FIRST_LOOK_S: Final = 0.1
LOOK_EVERY_S: Final = 1.0
# OpenWhisk's own: no name begins with a dot.
NAME: Final = r"\w(?:[\w@ .-]{0,254}[\w@.-])?"
ACTION: Final = re.compile(rf"(?:{NAME}/)?{NAME}", re.ASCII)
NAMESPACE: Final = re.compile(NAME, re.ASCII)
KEY: Final = re.compile(r"[A-Za-z0-9-]{1,64}:[A-Za-z0-9]{1,128}")
ACTIVATION: Final = re.compile(r"[0-9a-f]{32}")

NO_HOST: Final = "This WaddleBot knows no OpenWhisk."
FOREIGN: Final = "This WaddleBot may not call this action as itself: give a key."
OWN: Final = "Only along with a key of your own."


class OpenWhiskEngine(Engine):
    type = EngineType.OPENWHISK

    def check(self, wish: EngineWish, *, community_id: int, has_secret: bool) -> EngineWish:
        namespace = wish.options.get("namespace")
        flaws = {
            "type": "" if settings.OPENWHISK_API_HOST else NO_HOST,
            "action": _flaw_of_action(wish.target, has_secret=has_secret),
            "namespace": _flaw_of_namespace(namespace, has_secret=has_secret),
            "secret": "" if _is_key(wish.secret) else "A key as wsk shows it: uuid:key.",
        }
        errors = [Flaw(f"#/engine/{name}", flaw) for name, flaw in flaws.items() if flaw]
        if errors:
            raise InvalidError("This action cannot be called.", errors=errors)
        return wish

    def call(self, invocation: Invocation, *, timeout_s: float) -> Answer:
        deadline = time.monotonic() + timeout_s
        api, headers = _api_of(invocation.ref)
        reply = sent(
            "POST",
            f"{api}/actions/{quote(invocation.ref.target)}"
            f"?blocking=true&timeout={max(1, int(timeout_s * 1000))}",
            body=body_of(invocation, datetime.now(UTC)),
            headers=headers,
            timeout_s=timeout_s,
        )
        activation = _json_of(reply)
        if reply.status == HTTPStatus.ACCEPTED:
            return _watched(_id_of(activation), headers, deadline)
        response = activation.get("response")
        if not isinstance(response, Mapping):
            raise refusal_of(reply)
        return _answer_of(response, _id_of(activation))


def _watched(activation_id: str, headers: Mapping[str, str], deadline: float) -> Answer:
    """Look after an activation that OpenWhisk did not wait for, until it has ended."""
    if not activation_id:
        raise EngineError("module_error", "OpenWhisk took the call and did not say which it is.")
    url = f"{_base()}/_/activations/{activation_id}/result"
    pause_s = FIRST_LOOK_S
    while time.monotonic() + pause_s < deadline:
        time.sleep(pause_s)
        pause_s = min(pause_s * 1.5, LOOK_EVERY_S)
        try:
            reply = sent("GET", url, headers=headers, timeout_s=deadline - time.monotonic())
        except EngineError as error:
            if not error.is_temporary:
                raise
            continue
        if reply.status == HTTPStatus.OK:
            return _answer_of(_json_of(reply), activation_id)
        # Nothing is known of it before it has ended.
        if reply.status != HTTPStatus.NOT_FOUND and not refusal_of(reply).is_temporary:
            raise refusal_of(reply)
    raise EngineError(TimedOutError.code, TimedOutError.text)


def _answer_of(response: Mapping[str, Any], activation_id: str) -> Answer:
    if response.get("success") is not True:
        raise activation_error(response, activation_id)
    return to_answer(response.get("result"))


def _json_of(reply: Reply) -> Mapping[str, Any]:
    try:
        value: Any = decode(reply.body)
    except DomainError:
        value = None
    return value if isinstance(value, Mapping) else {}


def _id_of(activation: Mapping[str, Any]) -> str:
    found = activation.get("activationId")
    return found if isinstance(found, str) and ACTIVATION.fullmatch(found) else ""


def _api_of(ref: EngineRef) -> tuple[str, Mapping[str, str]]:
    """Return where a namespace is, and how to ask there. Raises EngineError if we may not."""
    if not settings.OPENWHISK_API_HOST:
        raise EngineError("not_allowed", NO_HOST)
    if keys := secrets_of(ref.sealed, now=datetime.now(UTC)):
        key, namespace = keys[0], ref.options.get("namespace", "_")
    elif _is_ours(ref.target):
        key, namespace = settings.OPENWHISK_AUTH_KEY, settings.OPENWHISK_NAMESPACE
    else:
        raise EngineError("not_allowed", FOREIGN)
    return f"{_base()}/{quote(namespace)}", {
        "Authorization": f"Basic {base64.b64encode(key.encode()).decode()}",
        "Content-Type": "application/json",
        "User-Agent": AGENT,
    }


def _base() -> str:
    return f"{settings.OPENWHISK_API_HOST}/api/v1/namespaces"


def _is_ours(action: str) -> bool:
    allowed = settings.ENGINE_OPENWHISK_ACTIONS if settings.OPENWHISK_AUTH_KEY else ()
    return any(fnmatchcase(action, pattern) for pattern in allowed)


def _is_key(secret: str | None) -> bool:
    return secret is None or bool(KEY.fullmatch(secret))


def _flaw_of_action(action: str, *, has_secret: bool) -> str:
    if not ACTION.fullmatch(action):
        return "An action's name, after its package's and a slash if it has one."
    return "" if has_secret or _is_ours(action) else FOREIGN


def _flaw_of_namespace(namespace: str | None, *, has_secret: bool) -> str:
    if namespace is None:
        return ""
    return ("" if NAMESPACE.fullmatch(namespace) else "No namespace.") if has_secret else OWN
