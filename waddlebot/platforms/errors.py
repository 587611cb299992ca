"""How a call to a platform can end badly: for now, or for good."""

from waddlebot.lib.http import AddressRefusedError, OutboundError


class BusyError(OutboundError):
    """The platform, or our own keeping of its limits, says: not now."""

    code = "rate_limited"
    text = "The platform asks to wait."

    def __init__(self, retry_after_s: float | None = None) -> None:
        super().__init__()
        self.retry_after_s = retry_after_s


class FaultyError(BusyError):
    code = "platform_error"
    text = "The platform has a problem of its own."


class UncountedError(BusyError):
    code = "limits_unknown"
    text = "Nobody can tell just now whether this may be sent."


class RefusedError(OutboundError):
    """The platform said no, and would say so again. `text` is for the person who waits."""

    def __init__(self, code: str, text: str) -> None:
        self.code, self.text = code, text
        super().__init__()


class ClosedError(RefusedError):
    """The platform said no, whoever it is for."""


class NotYetError(RefusedError):
    """The platform said no, and may say yes some other day."""


def is_final(error: OutboundError) -> bool:
    return isinstance(error, RefusedError | AddressRefusedError)
