"""A place lets the bot in: begun in a browser, and taken back to the same one.

What a platform hands back is sealed by us and names the browser's session, so nobody can have
another's channel connected to a community of theirs by sending them a link.
"""

import json
import secrets
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Final

from django.utils.crypto import constant_time_compare, salted_hmac

from waddlebot.lib.errors import ConflictError, Flaw, InvalidError, UnavailableError
from waddlebot.lib.http import OutboundError
from waddlebot.lib.sealing import BrokenSealError, seal, unseal
from waddlebot.platforms import INSTALLERS, Grant, Installer
from waddlebot.platforms.errors import RefusedError

LASTS: Final = timedelta(minutes=10)
LONGEST_STATE: Final = 2000


class NotOfferedError(ConflictError):
    code = "not_offered"


class ConnectionNotMadeError(InvalidError):
    code = "connection_refused"


@dataclass(frozen=True, slots=True)
class Begun:
    """What was begun, as it travels through the browser."""

    platform: str
    community_id: int
    verifier: str
    session: str
    until: float


def offered() -> list[str]:
    """Return the platforms whose places can be connected here."""
    return [slug for slug, installer in INSTALLERS.items() if installer.is_set_up()]


def begin(*, platform: str, community_id: int, session_key: str, now: datetime) -> str:
    """Return where the browser of this session says yes. Raises NotOfferedError."""
    installer = _installer(platform)
    verifier = secrets.token_urlsafe(48)
    until = (now + LASTS).timestamp()
    begun = Begun(platform, community_id, verifier, _mark(session_key), until)
    state = seal(json.dumps(asdict(begun)).encode()).decode()
    return installer.url(state=state, verifier=verifier)


def begun_by(*, platform: str, state: str, session_key: str, now: datetime) -> Begun:
    """Return what this session has begun. Raises ConnectionNotMadeError for anything else."""
    try:
        sealed = state.encode("ascii") if len(state) <= LONGEST_STATE else b""
        begun = Begun(**json.loads(unseal(sealed)))
    except (BrokenSealError, UnicodeEncodeError):
        raise _refusal("This was not begun here.") from None
    if begun.platform != platform or not constant_time_compare(begun.session, _mark(session_key)):
        raise _refusal("This was begun in another browser, or by somebody else.")
    if begun.until < now.timestamp():
        raise _refusal("This took too long. Begin again.")
    return begun


def redeem(begun: Begun, *, code: str) -> Grant:
    """Take what the platform has to say. Raises ConnectionNotMadeError or UnavailableError."""
    installer = _installer(begun.platform)
    if not code:
        raise _refusal("Nobody has said yes.")
    try:
        return installer.redeem(code, begun.verifier)
    except RefusedError as refusal:
        raise _refusal(refusal.text) from None
    except OutboundError:
        raise UnavailableError("The platform does not answer. Try again shortly.") from None


def _installer(platform: str) -> Installer:
    installer = INSTALLERS.get(platform)
    if installer is None:
        flaw = Flaw("#/platform", f"One of {', '.join(INSTALLERS)}.")
        raise InvalidError("There is no such platform.", errors=[flaw])
    if not installer.is_set_up():
        raise NotOfferedError("Whoever runs this WaddleBot has not set this platform up.")
    return installer


def _mark(session_key: str) -> str:
    return salted_hmac("core_router.connecting", session_key, algorithm="sha256").hexdigest()


def _refusal(text: str) -> ConnectionNotMadeError:
    return ConnectionNotMadeError(text, errors=[Flaw("#/state", text)])
