"""Take back what moderation has done on a platform."""

from datetime import datetime
from typing import Final

from django.db import transaction

from core_router.models import OutgoingAction
from core_router.operations.connector import Parcel, carrier_of, hand_over
from identity import api as identity
from waddlebot.lib.errors import ConflictError, NotFoundError

INVERSE: Final = {"timeout": "untimeout", "ban": "unban"}


class NothingToUndoError(ConflictError):
    code = "nothing_to_undo"


class PlaceGivenUpError(ConflictError):
    code = "place_given_up"


def undo(*, community_id: int, action_id: int, actor: str, now: datetime) -> OutgoingAction:
    """Have the platform take a timeout or ban back; what waits still is done before its undo."""
    with transaction.atomic():
        sent = OutgoingAction.objects.filter(community_id=community_id, carrier="connector")
        row = sent.filter(pk=action_id).first()
        if row is None:
            raise NotFoundError
        inverse = INVERSE.get(row.action.get("action", ""))
        if row.action["type"] != "moderate" or inverse is None:
            raise NothingToUndoError("Timeouts and bans are all that can be undone.")
        if carrier_of(row.entity, community_id) is None:
            raise PlaceGivenUpError("The bot does not speak there any more.")
        action = {"type": "moderate", "action": inverse, "user_id": row.action["user_id"]}
        hand_over([Parcel(community_id, row.entity, row.execution_id, [action])], now=now)
        made = sent.filter(execution_id=row.execution_id).latest("id")
        identity.record(
            category="audit",
            action="action.undone",
            actor=actor,
            community_id=community_id,
            target=f"action:{row.pk}",
            details={"before": row.action["action"], "after": inverse, "by": made.pk},
            now=now,
        )
    return made
