"""One action, done on its platform."""

from dataclasses import replace
from typing import Any, Final

from core_router.models import OutgoingAction
from core_router.operations.connector import carrier_of
from identity import api as identity
from waddlebot.lib.places import Place, place_of
from waddlebot.platforms import (
    Deed,
    Delivery,
    Line,
    Outcome,
    Platform,
    RoleChange,
    RoleState,
    Seat,
    Spot,
    Token,
)

NOT_THEIRS: Final = Delivery(
    Outcome.FAILED,
    "place_given_up",
    "The community has this place no more, or no bot speaks there.",
)
ROLES: Final = {
    RoleState.DONE: Outcome.SENT,
    RoleState.FAILED: Outcome.FAILED,
    RoleState.RETRY: Outcome.RETRY,
}


def perform(row: OutgoingAction) -> Delivery:
    """Do it once, if the place is still this community's."""
    carrier = carrier_of(row.entity, row.community_id)
    if carrier is None:
        return NOT_THEIRS
    member, place, action = carrier.platform, place_of(row.entity), row.action
    match action["type"]:
        case "chat":
            spot = Spot(place.server_id, place.channel_id, carrier.token)
            line = Line(action["text"], action.get("reply_to") or "", key=f"wb{row.pk}")
            return member.send_chat(spot, line)
        case "direct_message":
            to, text = action["user_id"], action["text"]
            return member.send_direct_message(account_id=to, text=text, token=carrier.token)
        case "moderate":
            # A workspace writes warnings as its bot; the rest is done with what was lent for it.
            is_written = action["action"] == "warn" and carrier.token is not None
            token = carrier.token if is_written else _lent(row, place) or carrier.token
            spot = Spot(place.server_id, place.channel_id, token)
            return member.moderate(spot, _deed_of(action))
    return _change_role(member, row, place)


def _deed_of(action: dict[str, Any]) -> Deed:
    deed = Deed(
        action["action"],
        action["user_id"],
        message_id=action.get("message_id") or "",
        reason=action.get("reason") or "",
    )
    seconds = action.get("seconds")
    return replace(deed, seconds=seconds) if seconds else deed


def _change_role(member: Platform, row: OutgoingAction, place: Place) -> Delivery:
    account, is_given = row.action["user_id"], row.action["action"] == "grant"
    seat = Seat(place.server_id, row.action["role_id"], _lent(row, place))
    give, take = ([account], []) if is_given else ([], [account])
    changes = member.change_roles(seat, give=give, take=take, reason="A command of WaddleBot")
    return _delivery_of(changes[account])


def _delivery_of(change: RoleChange) -> Delivery:
    return Delivery(ROLES[change.state], change.code, change.detail, change.wait_s)


def _lent(row: OutgoingAction, place: Place) -> Token | None:
    return identity.borrow(
        community_id=row.community_id, platform=place.platform, server_id=place.server_id
    )
