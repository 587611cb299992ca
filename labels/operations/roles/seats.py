"""Where a rule gives roles, and by whose leave."""

from identity.api import borrow
from labels.models import RoleRule
from labels.registry import proves_place
from waddlebot.platforms import Seat


def seat_of(rule: RoleRule) -> Seat:
    token = borrow(
        community_id=rule.group.community_id, platform=rule.platform, server_id=rule.server_id
    )
    return Seat(rule.server_id, rule.role, token)


def may_give(rule: RoleRule, seat: Seat) -> bool:
    """Tell whether it is for this community to have roles given on that server.

    Whoever lends a token of it says so by that. The bot's own serves many communities.
    """
    return seat.token is not None or proves_place(
        community_id=rule.group.community_id, platform=rule.platform, server_id=rule.server_id
    )
