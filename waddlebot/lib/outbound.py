"""What can go wrong with a call to somebody else's address, and until when it is waited for."""

import time


class OutboundError(Exception):
    """A call went wrong. `code` is for machines; the text tells neither address nor reply."""

    code = "unreachable"
    text = "The address did not answer."

    def __init__(self) -> None:
        super().__init__(self.text)


class AddressRefusedError(OutboundError):
    code = "address_refused"
    text = "This address may not be called."


class TimedOutError(OutboundError):
    code = "timed_out"
    text = "The answer took too long."


class ReplyTooLargeError(OutboundError):
    code = "reply_too_large"
    text = "The answer was too large."


class Deadline:
    """A moment after which nothing more is waited for, whatever the other side drips."""

    def __init__(self, seconds: float) -> None:
        self._at = time.monotonic() + seconds

    def left(self, most: float | None = None) -> float:
        """Return the seconds that are left. Raises TimedOutError when none are."""
        left = self._at - time.monotonic()
        if left <= 0:
            raise TimedOutError
        return left if most is None else min(left, most)
