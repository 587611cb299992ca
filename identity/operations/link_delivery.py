"""Sending codes to the accounts to be linked. The row is the promise, Celery only the nudge."""

import random
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction

from identity.models import IdentityLink, LinkRequest
from identity.operations.link_codes import new_code, outbound_hashes
from identity.queries.links import account_name
from waddlebot import platforms
from waddlebot.lib.http import OutboundError
from waddlebot.platforms import Account, Capability, Delivery, Outcome, Platform
from waddlebot.platforms.errors import RefusedError

MOST_ATTEMPTS: Final = 5
FIRST_WAIT_S: Final = 5.0
UNKNOWN: Final = Delivery(Outcome.FAILED, "account_unknown", "No such account is known there.")
UNSUPPORTED: Final = Delivery(Outcome.NOT_SUPPORTED, "not_supported", "Not set up here.")

State = LinkRequest.State
Method = LinkRequest.Method
Sent = LinkRequest.Delivery


def deliver_codes(*, clock: Callable[[], datetime]) -> int:
    """Send what is due and nobody else has in hand, each in a transaction; return how many."""
    total = 0
    while _deliver_next(clock()):
        total += 1
    return total


def _deliver_next(now: datetime) -> bool:
    with transaction.atomic():
        due = LinkRequest.objects.filter(
            delivery=Sent.QUEUED, state=State.PENDING, deliver_at__lte=now, expires_at__gt=now
        )
        row = due.select_for_update(skip_locked=True).order_by("deliver_at").first()
        if row is None:
            return False
        # Made here and sent at once: a code that waits is written down nowhere.
        code = new_code()
        _note(row, _send(row, code), code, now)
        row.save()
        return True


def _send(row: LinkRequest, code: str) -> Delivery:
    platform = platforms.platform(row.platform)
    if platform is None or Capability.DIRECT_MESSAGE not in platform.capabilities():
        return UNSUPPORTED
    try:
        account = _addressee(platform, row.platform_username)
    except RefusedError as refusal:
        return Delivery(Outcome.FAILED, refusal.code, refusal.text)
    except OutboundError as error:
        return Delivery(Outcome.RETRY, error.code, error.text)
    if account is None:
        return UNKNOWN
    row.platform_user_id, row.platform_username = account.id, account.name
    row.display_name = account.display_name
    text = (
        f"The WaddleBot account {account_name(row.user_id)} asks to be linked with your "
        f"{platform.title} account. If that is you, type there, within 10 minutes: !verify {code} "
        "If it is not, ignore this. Give the code to nobody, whoever asks for it."
    )
    return platform.send_direct_message(account_id=account.id, text=text)


def _addressee(platform: Platform, name: str) -> Account | None:
    """Return the account that is called so now, in the platform's own words.

    Chat may have shown its id, where none is looked up by name; but what chat calls somebody is
    what some community reports, and a code must not go to whom it calls by another's name.
    """
    if (account := platform.find_account(name)) is not None:
        return account
    links = IdentityLink.objects.filter(platform=platform.slug, platform_username=name)
    ids = list(links.order_by("pk").values_list("platform_user_id", flat=True)[:2])
    account = platform.find_account(ids[0]) if len(ids) == 1 else None
    return account if account and account.name.lower() == name.lower() else None


def _note(row: LinkRequest, delivery: Delivery, code: str, now: datetime) -> None:
    # Being asked to wait is no failed attempt: it only comes later, if that is in time.
    row.delivery_attempts += delivery.retry_after_s is None
    row.delivery_detail = delivery.detail[:200]
    match delivery.outcome:
        case Outcome.SENT:
            row.delivery, row.sent_at = Sent.SENT, now
            row.code_hash = outbound_hashes(user_id=row.user_id, code=code)[0]
        case Outcome.NOT_SUPPORTED:
            row.delivery = Sent.NOT_SUPPORTED
        case Outcome.FAILED:
            row.delivery = Sent.FAILED
        case Outcome.RETRY:
            row.deliver_at = now + _wait(row.delivery_attempts, delivery.retry_after_s)
            if row.delivery_attempts >= MOST_ATTEMPTS or row.deliver_at >= row.expires_at:
                row.delivery = Sent.FAILED


def _wait(attempts: int, least_s: float | None) -> timedelta:
    seconds = least_s or FIRST_WAIT_S * 2 ** (attempts - 1)
    return timedelta(seconds=seconds * random.uniform(1, 1.5))  # noqa: S311 - no secret hangs on it
