"""What the portal changes."""

from typing import Final

from identity import api as identity
from waddlebot.lib.limits import hit_log
from waddlebot.lib.problems import RateLimitedError

WINDOW_S: Final = 15 * 60
ATTEMPTS_PER_NAME: Final = 10
ATTEMPTS_PER_ADDRESS: Final = 30


def count_attempt(*, username: str, ip: str) -> None:
    """Count one try at a password, of this name and from this address."""
    for name, count in (
        (f"wb:sign-in:name:{username.casefold()}", ATTEMPTS_PER_NAME),
        (f"wb:sign-in:address:{ip}", ATTEMPTS_PER_ADDRESS),
    ):
        verdict = hit_log(name, count, WINDOW_S)
        if not verdict.allowed:
            detail = "Too many tries. Wait a while, or use a sign-in link."
            raise RateLimitedError(detail, retry_after_s=verdict.reset_s)


def record_sign_in(*, user_id: int | None, ip: str) -> None:
    """Write a try at a password to the AAA log; a failed one names nobody."""
    identity.record(
        category="authentication",
        action="sign_in_by_password",
        outcome="failure" if user_id is None else "success",
        actor="anonymous" if user_id is None else f"user:{user_id}",
        ip=ip or None,
    )
