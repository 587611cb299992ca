"""One log line per fact, as JSON or for a console. Secrets are masked here and nowhere else."""

import logging
import re
from collections.abc import Mapping, MutableMapping
from contextvars import ContextVar
from typing import Any, Final

import msgspec
import structlog
from structlog.contextvars import get_contextvars, merge_contextvars
from structlog.stdlib import ExtraAdder, ProcessorFormatter, add_log_level, add_logger_name

from waddlebot.lib.ids import new_id

MASK: Final = "***"
SECRET_NAMES: Final = frozenset({
    "api_key", "authorization", "code", "cookie", "csrftoken", "key", "password", "secret",
    "secret_key", "sessionid", "set-cookie", "token", "verification_code", "x-api-key",
})  # fmt: skip
MASKS: Final = (
    (re.compile(r"\bwb_([0-9A-Za-z]{1,12})_[0-9A-Za-z_]+"), rf"wb_\1_{MASK}"),
    (re.compile(r"\bwbr_[0-9A-Za-z_-]+"), f"wbr_{MASK}"),
    (re.compile(r"(/browser/(?:source|ws)/|/portal/sign-in/)[^/\s?\"']+"), rf"\1{MASK}"),
    (re.compile(r"(/identity/v1/(?:exports|erasures)/)[^/\s?\"']+"), rf"\1{MASK}"),
    (re.compile(r"(://)[^/\s@\"']+@"), rf"\1{MASK}@"),
    (re.compile(r"(?i)\b(bearer|basic)\s+[^\s\"',;]+"), rf"\1 {MASK}"),
    (re.compile(r"(?i)(!verify)\s+\S+"), rf"\1 {MASK}"),
    (
        re.compile(
            r"(?i)\b((?:set-)?cookie|authorization|x-api-key|(?:__host-)?sessionid"
            r"|(?:__host-)?csrftoken|password|passwd|secret(?:_key)?|token|verification_code)"
            r"([\"']?\s*[=:]\s*[\"']?)(?!(?:bearer|basic)\b)[^\s\"'&,;}]+"
        ),
        rf"\1\2{MASK}",
    ),
    (
        re.compile(
            r"(?i)\b(code[\"']?\s*[=:]\s*[\"']?)(?=[A-Z2-9]*[A-Z])[A-HJ-NP-Z2-9]{6,12}\b"
        ),
        rf"\1{MASK}",
    ),
)  # fmt: skip
# Each pattern above needs one of these.
SIGNS: Final = (
    "wb_", "wbr_", "/browser/", "/sign-in/", "://", "bearer", "basic", "!verify", "cookie",
    "authorization", "x-api-key", "sessionid", "csrftoken", "passw", "secret", "token",
    "code", "/identity/v1/",
)  # fmt: skip
GOOD_REQUEST_ID: Final = re.compile(r"[A-Za-z0-9._-]{8,64}")


def masked(text: str) -> str:
    # Nearly every text is harmless, and this is asked for each field of each line.
    lower = text.lower()
    if not any(sign in lower for sign in SIGNS):
        return text
    for pattern, replacement in MASKS:
        text = pattern.sub(replacement, text)
    return text


def mask_secrets(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A structlog processor; it runs last, so that nothing is added behind it."""
    for name, value in event.items():
        event[name] = _masked_value(name, value)
    return event


def _masked_value(name: str, value: Any) -> Any:
    if name.lower() in SECRET_NAMES:
        return MASK
    match value:
        case str():
            return masked(value)
        case bool() | int() | float() | None:
            return value
        case Mapping():
            return {str(key): _masked_value(str(key), below) for key, below in value.items()}
        case list() | tuple() | set() | frozenset():
            return [_masked_value("", below) for below in value]
    return masked(str(value))


def request_id_of(offered: str | None) -> str:
    """Return the id a caller gave its request when it is a sane one, else a new one."""
    return offered if offered and GOOD_REQUEST_ID.fullmatch(offered) else str(new_id())


# One variable of our own: structlog's cost a tenth of what answering a line of chat may cost.
_request: ContextVar[tuple[str, str]] = ContextVar("request", default=("", ""))


def current_request_id() -> str:
    return _request.get()[0] or str(get_contextvars().get("request_id", ""))


def current_address() -> str:
    """Return where the request comes from, for the audit log; no other line carries it."""
    return _request.get()[1]


class in_request:  # noqa: N801 - used like a function: `with in_request(…)`
    """Every line logged inside carries the id."""

    def __init__(self, request_id: str, *, address: str = "") -> None:
        self._values = (request_id, address)

    def __enter__(self) -> None:
        self._before = _request.set(self._values)

    def __exit__(self, *_: object) -> None:
        _request.reset(self._before)


def _add_request_id(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    if request_id := _request.get()[0]:
        event.setdefault("request_id", request_id)
    return event


def configuration(level: str, form: str) -> dict[str, Any]:
    """Return the dictionary Django's `LOGGING` wants."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"lines": {"()": formatter, "form": form}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "lines"}},
        "root": {"handlers": ["stderr"], "level": level},
        # Django gives this one a handler of its own, which would say everything twice.
        # The access log says what was refused, without the path.
        "loggers": {
            "django": {"handlers": [], "propagate": True, "level": level},
            "django.request": {"level": "ERROR"},
            # To debug, these write requests and answers: what was said in chat, and tokens.
            **{name: {"level": "WARNING"} for name in ("botocore", "httpcore", "urllib3")},
        },
    }


def formatter(form: str) -> logging.Formatter:
    shared: list[Any] = [
        merge_contextvars,
        _add_request_id,
        add_logger_name,
        add_log_level,
        ExtraAdder(),
        _without_objects,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
        structlog.processors.format_exc_info,
    ]
    last: Any = (
        structlog.processors.JSONRenderer(serializer=_json)
        if form == "json"
        else structlog.dev.ConsoleRenderer(colors=False)
    )
    return ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[ProcessorFormatter.remove_processors_meta, mask_secrets, last],
    )


def _without_objects(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Django hands its request to the log; a request holds everything we mask."""
    for name in ("request", "server_time"):
        event.pop(name, None)
    return event


def _json(event: Mapping[str, Any], **_: Any) -> str:
    return msgspec.json.encode(event, enc_hook=str).decode()
