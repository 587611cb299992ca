"""What goes wrong with OpenWhisk, as whoever wrote an action is told, without its answer."""

import re
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final

from core_router.engines.base import EngineError
from core_router.engines.http import BUSY, wait_of
from waddlebot.lib.http import Reply

REFUSED: Final = {
    HTTPStatus.BAD_REQUEST: ("module_error", "OpenWhisk does not take what the action is sent."),
    HTTPStatus.UNAUTHORIZED: ("bad_credentials", "OpenWhisk does not know the key."),
    HTTPStatus.FORBIDDEN: ("not_allowed", "OpenWhisk does not allow this key to call the action."),
    HTTPStatus.NOT_FOUND: ("no_such_function", "OpenWhisk knows no such action."),
    HTTPStatus.REQUEST_TIMEOUT: ("timed_out", "OpenWhisk ran out of time itself."),
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: ("too_large", "What it is sent is too large for it."),
}
DEVELOPER_ERROR: Final = "action developer error"
# What OpenWhisk itself says of an action that did not come to an answer.
ENDED: Final = (
    (re.compile(r"The action exceeded its time limits"), "ran out of the time its limits give it"),
    (re.compile(r"The action exhausted its memory"), "ran out of memory"),
    (re.compile(r"The action did not return a dictionary"), "returned what is no JSON object"),
    (re.compile(r"The action did not initialize|Initialization has failed"), "did not start"),
    (re.compile(r"The action did not produce a valid response"), "ended its process"),
)  # fmt: skip
WHY: Final = {
    "application error": "raised an error, or answered with one",
    DEVELOPER_ERROR: "broke off",
    "whisk internal error": "was not run: OpenWhisk has an error of its own",
}


def activation_error(response: Mapping[str, Any], activation_id: str) -> EngineError:
    """Return why an activation failed, as far as OpenWhisk says it, and where to look."""
    status = response.get("status")
    why = WHY.get(status if isinstance(status, str) else "", "failed")
    if status == DEVELOPER_ERROR:
        why = next((said for sign, said in ENDED if sign.match(_error_of(response))), why)
    where = f" Its activation {activation_id} says more." if activation_id else ""
    return EngineError("module_error", f"The action {why}.{where}")


def refusal_of(reply: Reply) -> EngineError:
    """Return what an answer means that is no activation."""
    status = reply.status
    if status in REFUSED:
        return EngineError(*REFUSED[HTTPStatus(status)])
    if status not in BUSY:
        return EngineError("module_error", f"OpenWhisk answered {status}.")
    is_throttled = status == HTTPStatus.TOO_MANY_REQUESTS
    return EngineError(
        "throttled" if is_throttled else "module_error",
        "OpenWhisk throttles this key." if is_throttled else f"OpenWhisk answered {status}.",
        is_temporary=True,
        retry_after_s=wait_of(reply.headers),
    )


def _error_of(response: Mapping[str, Any]) -> str:
    result = response.get("result")
    error = result.get("error") if isinstance(result, Mapping) else None
    return error if isinstance(error, str) else ""
