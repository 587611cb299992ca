"""Asking to link an account: a code is shown here and typed there, or sent there and typed."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db import transaction

from identity.models import LinkRequest
from identity.operations.audit import record
from identity.operations.code_limits import count_asked, forget_counted
from identity.operations.link_codes import LIFE
from identity.operations.link_ways import check_way, renew
from identity.operations.linking import unlink_account
from identity.queries.links import LIVE, request_of
from waddlebot.lib.errors import ConflictError, DomainError, InvalidError, NotFoundError
from waddlebot.lib.problems import RateLimitedError

COOL_DOWN: Final = timedelta(seconds=60)
KEPT: Final = timedelta(days=30)

State = LinkRequest.State
Method = LinkRequest.Method


class TooSoonError(RateLimitedError):
    code = "resend_too_soon"


class CodeExpiredError(DomainError):
    code = "code_expired"
    status = 410

    def __init__(self) -> None:
        super().__init__("This request is over. Ask for a new code.")


class WaitsForConfirmError(ConflictError):
    code = "waits_for_confirm"


@dataclass(frozen=True, slots=True)
class Asked:
    """A request, and its code when that is for the asker to see."""

    request: LinkRequest
    code: str = ""


def ask_link(  # noqa: PLR0913
    *,
    user_id: int,
    platform: str,
    username: str = "",
    method: str = Method.CHAT,
    address: str = "",
    actor: str,
    now: datetime,
) -> Asked:
    """Ask to link an account. What the same person asked for on that platform before, ends."""
    username = username.strip().removeprefix("@")
    check_way(method=method, platform=platform, username=username)
    with transaction.atomic():
        count_asked(
            user_id=user_id, platform=platform, username=username, address=address, now=now
        )
        before = LinkRequest.objects.filter(user_id=user_id, platform=platform, state__in=LIVE)
        before.update(state=State.CANCELLED, code_hash=None)
        row = LinkRequest(
            user_id=user_id,
            platform=platform,
            platform_username=username,
            method=method,
            created_at=now,
        )
        code = renew(row, now=now)
        _record("link_requested", row, actor, {}, now)
    return Asked(row, code)


def resend(*, user_id: int, link_id: UUID, address: str = "", actor: str, now: datetime) -> Asked:
    """Make a new code, which ends the old one. Once a minute, and counted like a first one."""
    with transaction.atomic():
        mine = LinkRequest.objects.select_for_update().filter(user_id=user_id, pk=link_id)
        row = mine.first()
        if row is None:
            raise NotFoundError
        _check_resend(row, now)
        count_asked(
            user_id=user_id,
            platform=row.platform,
            username=row.platform_username,
            address=address,
            now=now,
        )
        code = renew(row, now=now)
        _record("link_requested", row, actor, {"state": State.PENDING}, now)
    return Asked(row, code)


def cancel(*, user_id: int, link_id: UUID, actor: str, now: datetime) -> None:
    """End a request; of one that came to its end, unlink the account."""
    row = request_of(user_id, link_id)
    if row is None:
        raise NotFoundError
    if row.link_id is not None:
        unlink_account(user_id=user_id, link_id=row.link_id, actor=actor, now=now)
        return
    with transaction.atomic():
        live = LinkRequest.objects.filter(pk=link_id, state__in=LIVE, expires_at__gt=now)
        if not live.update(state=State.CANCELLED, code_hash=None):
            raise NotFoundError
        before = {"state": row.state}
        row.state = State.CANCELLED
        _record("link_removed", row, actor, before, now)


def tidy(*, now: datetime) -> int:
    """End what nobody came back to, and forget what ended a month ago. Return how many rows."""
    overdue = LinkRequest.objects.filter(state__in=LIVE, expires_at__lte=now)
    unsent = overdue.filter(delivery=LinkRequest.Delivery.QUEUED)
    unsent.update(delivery=LinkRequest.Delivery.FAILED, delivery_detail="The time ran out.")
    ended = overdue.update(state=State.EXPIRED, code_hash=None)
    failed = LinkRequest.objects.exclude(state__in=(*LIVE, State.VERIFIED))
    old = failed.filter(expires_at__lt=now - KEPT)
    return ended + old.delete()[0] + forget_counted(now=now)


def _check_resend(row: LinkRequest, now: datetime) -> None:
    if row.method == Method.OAUTH:
        raise InvalidError("Nothing is sent for a sign-in.")
    if row.state == State.CONFIRMING and row.expires_at > now:
        raise WaitsForConfirmError("The code was typed. Confirm there, or cancel this request.")
    if row.state != State.PENDING or row.expires_at <= now:
        raise CodeExpiredError
    made_at = row.expires_at - LIFE
    if now < made_at + COOL_DOWN:
        wait_s = (made_at + COOL_DOWN - now).total_seconds()
        raise TooSoonError("A new code is made once a minute.", retry_after_s=wait_s)


def _record(
    action: str, row: LinkRequest, actor: str, before: dict[str, Any], now: datetime
) -> None:
    after = {"platform": row.platform, "method": row.method, "state": row.state}
    record(
        category="audit",
        action=action,
        actor=actor,
        target=f"link:{row.pk}",
        details={"before": before, "after": after},
        now=now,
    )
