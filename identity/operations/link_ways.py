"""The three ways to prove an account: by a code typed there, by one sent there, by signing in."""

from datetime import datetime
from functools import partial
from typing import Final

from django.db import IntegrityError, transaction

from identity.models import LinkRequest
from identity.operations.link_codes import LIFE, inbound_hashes, new_code
from identity.operations.staging import LONGEST_NAME
from identity.queries.links import sign_in_url
from waddlebot import platforms
from waddlebot.lib.errors import ConflictError, Flaw, InvalidError, UnavailableError
from waddlebot.lib.nudge import nudge

TASK: Final = "identity.tasks.deliver_codes"
TRIES: Final = 5

Method = LinkRequest.Method


class NotSupportedError(ConflictError):
    """This WaddleBot cannot do it on that platform."""

    code = "not_supported"


def check_way(*, method: str, platform: str, username: str) -> None:
    """Raise unless this way leads to an account on that platform."""
    if len(username) > LONGEST_NAME:
        flaw = Flaw("#/platform_username", f"At most {LONGEST_NAME} characters.")
        raise InvalidError("No name is that long.", errors=[flaw])
    if method == Method.DM and not username:
        flaw = Flaw("#/platform_username", "Needed to send a code there.")
        raise InvalidError("Whom shall the code be sent to?", errors=[flaw])
    if method == Method.DM and platform not in platforms.direct_message_platforms():
        raise NotSupportedError(
            f"WaddleBot sends no private messages on {platform}. "
            "Ask for a code to type there instead (the method chat)."
        )
    if method == Method.OAUTH and sign_in_url(platform) is None:
        raise NotSupportedError(
            f"Nobody signs in with {platform} here. "
            "Ask for a code to type there instead (the method chat)."
        )


def renew(row: LinkRequest, *, now: datetime) -> str:
    """Save a request as a fresh one; return its code when that is for the asker to see."""
    row.state, row.attempts, row.expires_at = LinkRequest.State.PENDING, 0, now + LIFE
    if row.method == Method.CHAT:
        return _with_a_code(row)
    row.code_hash = None
    if row.method == Method.DM:
        # The code is made when it is sent, so that it is written down nowhere.
        row.delivery, row.delivery_detail = LinkRequest.Delivery.QUEUED, ""
        row.delivery_attempts, row.deliver_at, row.sent_at = 0, now, None
        transaction.on_commit(partial(nudge, TASK))
    row.save()
    return ""


def _with_a_code(row: LinkRequest) -> str:
    for _ in range(TRIES):
        code = new_code()
        row.code_hash = inbound_hashes(platform=row.platform, code=code)[0]
        try:
            with transaction.atomic():
                row.save()
        except IntegrityError as error:
            if "a_live_code_names_one_request" not in str(error):
                raise
        else:
            return code
    raise UnavailableError
