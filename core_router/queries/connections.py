"""Which places have let the bot in."""

from dataclasses import dataclass

from django.db.models import QuerySet

from core_router.models import Connection
from waddlebot.lib.cache import LocalCache


@dataclass(frozen=True, slots=True)
class Workspace:
    """A server that has given the bot a token of its own. `connection_id` is where that is."""

    connection_id: int
    account_id: str


def workspace_of(entity: str) -> Workspace | None:
    """Return whose own token serves at a place, from memory."""
    return _workspaces.get("+".join(entity.split("+")[:2]))


def connection_rows(community_id: int) -> QuerySet[Connection]:
    return Connection.objects.filter(community_id=community_id).defer("sealed")


def load_workspace(key: str) -> Workspace | None:
    platform, _, server = key.partition("+")
    if not key.isprintable():
        return None
    rows = Connection.objects.filter(platform=platform, server_id=server, sealed__isnull=False)
    row = rows.values_list("pk", "account_id").first()
    return Workspace(*row) if row else None


_workspaces = LocalCache("connections", load_workspace)
