"""Modules behind an address of their own: containers and signed webhooks (Standard Webhooks)."""

from collections.abc import Mapping
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Final

from standardwebhooks import Webhook

from core_router.data import EngineType, EngineWish
from core_router.engines.answers import read_answer
from core_router.engines.base import Answer, Engine, EngineError, Invocation
from core_router.engines.envelope import body_of
from core_router.engines.secrets import check_webhook_secret, secrets_of
from waddlebot.lib.http import OutboundError, Reply, check_url, send

BUSY: Final = frozenset({429, 502, 503, 504})
MOST_WAIT_S: Final = 3600.0
AGENT: Final = "WaddleBot"


class HttpEngine(Engine):
    def check(self, wish: EngineWish, *, community_id: int, has_secret: bool) -> EngineWish:
        check_url(wish.target, pointer="#/engine/url")
        if wish.secret is not None:
            check_webhook_secret(wish.secret)
        return wish

    def call(self, invocation: Invocation, *, timeout_s: float) -> Answer:
        sent_at = datetime.now(UTC)
        body = body_of(invocation, sent_at)
        headers = {
            "Content-Type": "application/json",
            "User-Agent": AGENT,
            **_signed(invocation, body, sent_at),
        }
        return _answer_of(
            sent("POST", invocation.ref.target, body=body, headers=headers, timeout_s=timeout_s)
        )


class ContainerEngine(HttpEngine):
    type = EngineType.CONTAINER


class WebhookEngine(HttpEngine):
    type = EngineType.WEBHOOK


def sent(
    method: str, url: str, *, body: bytes = b"", headers: Mapping[str, str], timeout_s: float
) -> Reply:
    """Send a request by the guarded client. Raises EngineError."""
    try:
        return send(method, url, body=body, headers=headers, timeout_s=timeout_s)
    except OutboundError as error:
        is_temporary = error.code == OutboundError.code
        raise EngineError(error.code, error.text, is_temporary=is_temporary) from None


def _signed(invocation: Invocation, body: bytes, sent_at: datetime) -> Mapping[str, str]:
    message_id, text = str(invocation.id), body.decode()
    signatures = [
        Webhook(secret).sign(message_id, sent_at, text)
        for secret in secrets_of(invocation.ref.sealed, now=sent_at)
    ]
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(int(sent_at.timestamp())),
        "webhook-signature": " ".join(signatures),
    }


def _answer_of(reply: Reply) -> Answer:
    match reply.status:
        case HTTPStatus.OK:
            content_type = reply.headers.get("content-type", "").partition(";")[0].strip().lower()
            if reply.body and content_type != "application/json":
                detail = "The module answered 200 with something else than application/json."
                raise EngineError("invalid_answer", detail)
            return read_answer(reply.body)
        case HTTPStatus.ACCEPTED:
            return Answer(is_later=True)
        case HTTPStatus.NO_CONTENT:
            return Answer()
        case HTTPStatus.GONE:
            raise EngineError("gone", "The module answered 410: it is gone.", is_gone=True)
        case status if status in BUSY:
            detail = f"The module answered {status}."
            raise EngineError(
                "module_error", detail, is_temporary=True, retry_after_s=wait_of(reply.headers)
            )
        case status if HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST:
            detail = f"The module answered {status}, and no redirect is followed."
            raise EngineError("redirected", detail)
    is_outage = reply.status >= HTTPStatus.INTERNAL_SERVER_ERROR
    detail = f"The module answered {reply.status}."
    raise EngineError("module_error", detail, is_outage=is_outage)


def wait_of(headers: Mapping[str, str]) -> float | None:
    """Return what `Retry-After` asks for, in seconds; its other form, a date, is not looked at."""
    asked = headers.get("retry-after", "").strip()
    return min(float(asked), MOST_WAIT_S) if asked.isascii() and asked.isdigit() else None
