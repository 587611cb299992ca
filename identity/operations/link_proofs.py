"""Codes that come back, and the second word of whoever typed one."""

import secrets
from datetime import datetime
from uuid import UUID

from django.db import transaction

from identity.data import ChatAccount, LinkStep
from identity.models import IdentityLink, LinkRequest
from identity.operations.audit import record, record_refusal
from identity.operations.code_limits import count_typed, has_typed_too_many
from identity.operations.link_codes import LIFE
from identity.operations.link_requests import CodeExpiredError
from identity.operations.link_rows import (
    cancel_others,
    could_mean,
    count_against,
    take_confirmation,
    take_inbound,
    take_outbound,
)
from identity.operations.linking import AccountTakenError, link_account
from identity.queries.links import account_name
from identity.queries.people import link_of
from waddlebot.lib.errors import DomainError, NotFoundError
from waddlebot.lib.problems import RateLimitedError

State = LinkRequest.State
Method = LinkRequest.Method


class CodeInvalidError(DomainError):
    """Unknown, used, expired, burned or wrong: they look alike."""

    code = "code_invalid"

    def __init__(self, detail: str = "This code is not good.") -> None:
        super().__init__(detail)


class TooManyAttemptsError(RateLimitedError):
    code = "too_many_attempts"

    def __init__(self) -> None:
        detail = "This code was guessed at too often. Ask for a new one."
        super().__init__(detail, retry_after_s=LIFE.total_seconds())


def type_code(*, typist: ChatAccount, code: str, now: datetime) -> LinkStep | None:
    """Take a code that was typed from a platform account; None when it is not good.

    One that its asker was shown now waits for `confirm_typed` from the same account. One that
    was sent to another account links that one to whoever types it here.
    """
    with transaction.atomic():
        account = {"platform": typist.platform, "platform_user_id": typist.platform_user_id}
        if has_typed_too_many(**account, now=now):
            # Nobody's code: what follows takes as long as ever, and finds nothing.
            code = secrets.token_hex()
        link = link_of(**account)
        typist_id = link.user_id if link else 0
        if (inbound := take_inbound(typist, code, now)) is not None:
            return _ask_back(inbound, typist, link, now)
        if (outbound := take_outbound(typist_id, code, now)) is not None:
            return _finish(outbound, f"user:{typist_id}", now)
        count_typed(**account, now=now)
        count_against(could_mean(typist, typist_id), now=now)
        _record_refusal(f"user:{typist_id}" if typist_id else "anonymous", typist.platform)
        return None


def confirm_typed(*, typist: ChatAccount, now: datetime) -> LinkStep | None:
    """Link the account that typed a code before; None when there is nothing to confirm."""
    with transaction.atomic():
        row = take_confirmation(typist, now)
        if row is None:
            return None
        step = _finish(row, f"user:{row.user_id}", now)
        _record("link_confirmed", row, step.state, now)
        return step


def verify(*, user_id: int, link_id: UUID, code: str, actor: str, now: datetime) -> LinkStep:
    """Take a code back from its asker, to whose other account it was sent."""
    with transaction.atomic():
        step = _try(user_id, link_id, code, actor, now)
    if isinstance(step, DomainError):
        raise step
    return step


def _try(
    user_id: int, link_id: UUID, code: str, actor: str, now: datetime
) -> LinkStep | DomainError:
    """Return a refusal instead of raising it, so that the attempt stays counted."""
    taken = take_outbound(user_id, code, now, only=link_id)
    if taken is not None:
        step = _finish(taken, actor, now)
        return step if step.state == State.VERIFIED else AccountTakenError()
    mine = LinkRequest.objects.filter(pk=link_id, user_id=user_id)
    was_counted = count_against(mine, now=now)
    row = mine.first()
    if row is None:
        return NotFoundError()
    if was_counted or row.state in {State.CONFIRMING, State.VERIFIED}:
        _record_refusal(actor, row.platform)
        return CodeInvalidError(_where(row))
    return TooManyAttemptsError() if row.state == State.BURNED else CodeExpiredError()


def _where(row: LinkRequest) -> str:
    if row.method == Method.CHAT:
        return f"Type !verify and the code on {row.platform}, from the account to be linked."
    return "This code is not good."


def _ask_back(
    row: LinkRequest, typist: ChatAccount, link: IdentityLink | None, now: datetime
) -> LinkStep:
    cancel_others(row, typist)
    state = State.CONFIRMING
    if link is not None and link.user_id == row.user_id and link.verified_at is not None:
        row.platform_user_id, row.platform_username = typist.platform_user_id, typist.user_name
        return _finish(row, f"user:{row.user_id}", now, already=True)
    if link is not None and link.user_id != row.user_id and not link.user.is_staged:
        state = State.CANCELLED
        LinkRequest.objects.filter(pk=row.pk).update(state=state)
    _record("link_code_typed", row, state, now)
    return _step(row, state)


def _finish(row: LinkRequest, actor: str, now: datetime, *, already: bool = False) -> LinkStep:
    try:
        with transaction.atomic():
            link_account(
                user_id=row.user_id,
                platform=row.platform,
                platform_user_id=row.platform_user_id,
                user_name=row.platform_username,
                display_name=row.display_name,
                method=row.method,
                actor=actor,
                now=now,
                request_id=row.pk,
            )
    except AccountTakenError:
        LinkRequest.objects.filter(pk=row.pk).update(state=State.CANCELLED)
        return _step(row, State.CANCELLED)
    return _step(row, State.VERIFIED, already=already)


def _step(row: LinkRequest, state: str, *, already: bool = False) -> LinkStep:
    return LinkStep(
        link_id=row.pk,
        state=str(state),
        account=account_name(row.user_id),
        platform=row.platform,
        already=already,
    )


def _record(action: str, row: LinkRequest, state: str, now: datetime) -> None:
    record(
        category="audit",
        action=action,
        outcome="refused" if state == State.CANCELLED else "success",
        actor=f"user:{row.user_id}",
        target=f"link:{row.pk}",
        details={"before": {"state": row.state}, "after": {"state": str(state)}},
        now=now,
    )


def _record_refusal(actor: str, platform: str) -> None:
    record_refusal(
        category="authentication",
        action="link_refused",
        actor=actor,
        reason=f"a code on {platform}",
    )
