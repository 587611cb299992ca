"""The tokens that workspaces have given the bot, at work."""

import json
from dataclasses import dataclass
from typing import Final

from core_router.models import Connection
from waddlebot.lib.sealing import BrokenSealError, seal, unseal
from waddlebot.platforms.errors import ClosedError
from waddlebot.platforms.limits import alone
from waddlebot.platforms.slack_install import renew

RENEWING_S: Final = 20.0


@dataclass(frozen=True, slots=True)
class WorkspaceToken:
    """As `waddlebot.platforms` asks for tokens. `id` is the connection's."""

    id: int
    account_id: str

    def current(self) -> str:
        return self._kept()[0]

    def renewed(self, *, refused: str) -> str:
        """Renew it, once for all processes."""
        with alone(f"connection:{self.id}", RENEWING_S):
            access, refresh = self._kept()
            if access == refused:
                if not refresh:
                    raise ClosedError("unauthorized", "Slack refuses the token.")
                access, refresh = renew(refresh)
                Connection.objects.filter(pk=self.id).update(sealed=sealed_pair(access, refresh))
            return access

    def _kept(self) -> tuple[str, str]:
        row = Connection.objects.filter(pk=self.id).first()
        if row is None or row.sealed is None:
            raise ClosedError("no_token", "The workspace was disconnected.")
        try:
            access, refresh = json.loads(unseal(bytes(row.sealed)))
        except BrokenSealError:
            text = "SECRET_KEY has changed, so the token cannot be read. Connect it anew."
            raise ClosedError("token_unreadable", text) from None
        return access, refresh


def sealed_pair(access: str, refresh: str) -> bytes:
    return seal(json.dumps([access, refresh]).encode())
