"""Tokens of platforms that communities have lent, at work."""

import json
from dataclasses import dataclass
from typing import Final

from django.utils import timezone

from identity.models import LentToken
from identity.queries.lent_tokens import token_for
from waddlebot import platforms
from waddlebot.lib.sealing import BrokenSealError, seal, unseal
from waddlebot.platforms import Platform
from waddlebot.platforms.errors import ClosedError
from waddlebot.platforms.limits import alone

RENEWING_S: Final = 20.0


@dataclass(frozen=True, slots=True)
class BorrowedToken:
    """As `waddlebot.platforms` asks for tokens."""

    id: int
    platform: Platform
    account_id: str

    def current(self) -> str:
        return self._kept()[0]

    def renewed(self, *, refused: str) -> str:
        """Renew it, once for all processes."""
        with alone(f"lent:{self.id}", RENEWING_S):
            access, refresh = self._kept()
            if access == refused:
                if not refresh:
                    raise ClosedError("unauthorized", f"{self.platform.title} refuses the token.")
                access, refresh = self.platform.renew_token(access=access, refresh=refresh)
                renewed = {"sealed": sealed_pair(access, refresh), "renewed_at": timezone.now()}
                LentToken.objects.filter(pk=self.id).update(**renewed)
            return access

    def _kept(self) -> tuple[str, str]:
        row = LentToken.objects.filter(pk=self.id).first()
        if row is None:
            raise ClosedError("no_token", "The token was taken back.")
        try:
            access, refresh = json.loads(unseal(bytes(row.sealed)))
        except BrokenSealError:
            text = "SECRET_KEY has changed, so the token cannot be read. It has to be lent anew."
            raise ClosedError("token_unreadable", text) from None
        return access, refresh


def borrow(*, community_id: int, platform: str, server_id: str) -> BorrowedToken | None:
    """Return the token a community has lent for a server, if it has."""
    row = token_for(community_id=community_id, platform=platform, server_id=server_id)
    member = platforms.platform(platform)
    return BorrowedToken(row.pk, member, row.account_id) if row and member else None


def sealed_pair(access: str, refresh: str) -> bytes:
    return seal(json.dumps([access, refresh]).encode())
