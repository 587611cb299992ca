"""Tokens of platforms: a community lends one, and takes it back."""

from datetime import datetime
from typing import Final

from django.db import transaction

from identity.models import LentToken
from identity.operations.audit import record
from identity.operations.borrowing import sealed_pair
from identity.registry import Departure
from waddlebot import platforms
from waddlebot.lib.errors import (
    ConflictError,
    Flaw,
    InvalidError,
    NotFoundError,
    UnavailableError,
)
from waddlebot.lib.http import OutboundError
from waddlebot.platforms.errors import RefusedError

MOST_TOKENS: Final = 100


class TokenRefusedError(InvalidError):
    code = "token_refused"


class TooManyTokensError(ConflictError):
    code = "too_many_tokens"


def lend(
    *,
    community_id: int,
    platform: str,
    access: str,
    refresh: str = "",
    actor: str,
    now: datetime,
) -> tuple[LentToken, bool]:
    """Keep a token once its platform has said whose it is; return whether it is the first.

    The former one of the same account is forgotten.
    """
    facts = _examined(platform, access)
    values = {
        "account_name": facts.account_name[:100],
        "scopes": sorted(facts.scopes)[:100],
        "sealed": sealed_pair(access, refresh),
        "lent_by": actor,
        "created_at": now,
        "renewed_at": None,
    }
    with transaction.atomic():
        mine = LentToken.objects.select_for_update().filter(community_id=community_id)
        before = mine.filter(platform=platform, account_id=facts.account_id).first()
        if before is None and mine.count() >= MOST_TOKENS:
            raise TooManyTokensError(f"A community lends at most {MOST_TOKENS} tokens.")
        row, is_new = LentToken.objects.update_or_create(
            community_id=community_id,
            platform=platform,
            account_id=facts.account_id,
            defaults=values,
        )
        _record("token_lent", row, actor, now, before=_facts(before), after=_facts(row))
    return row, is_new


def take_back(*, community_id: int, token_id: int, actor: str, now: datetime) -> None:
    with transaction.atomic():
        mine = LentToken.objects.select_for_update().filter(community_id=community_id)
        row = mine.filter(pk=token_id).first()
        if row is None:
            raise NotFoundError
        _record("token_taken_back", row, actor, now, before=_facts(row), after={})
        row.delete()


def forget_tokens(departure: Departure) -> int:
    """Forget what was lent of the accounts of somebody who is erased."""
    return sum(
        LentToken.objects.filter(platform=platform, account_id=account_id).delete()[0]
        for platform, account_id in departure.accounts
    )


def _examined(platform: str, access: str) -> platforms.TokenFacts:
    member = platforms.platform(platform)
    if member is None or not member.takes_tokens:
        flaw = Flaw("#/platform", "A platform that takes a token beside the bot's.")
        raise InvalidError("This platform takes no tokens.", errors=[flaw])
    try:
        return member.examine_token(access)
    except RefusedError as refusal:
        flaw = Flaw("#/access_token", refusal.text)
        raise TokenRefusedError(refusal.text, errors=[flaw]) from None
    except OutboundError:
        raise UnavailableError(f"{member.title} does not answer. Try again shortly.") from None


def _facts(row: LentToken | None) -> dict[str, object]:
    # Of the account no more than the row's number: who is erased is not in the log.
    return {"token": row.pk, "platform": row.platform, "scopes": row.scopes} if row else {}


def _record(
    action: str,
    row: LentToken,
    actor: str,
    now: datetime,
    *,
    before: dict[str, object],
    after: dict[str, object],
) -> None:
    record(
        category="audit",
        action=action,
        actor=actor,
        community_id=row.community_id,
        target=f"token:{row.pk}",
        details={"before": before, "after": after},
        now=now,
    )
