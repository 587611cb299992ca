"""What went wrong with one pin, as the refusal it is when it comes alone."""

from collections.abc import Mapping
from typing import Final

from labels.data import Result
from waddlebot.lib.errors import DomainError

STATUS: Final[Mapping[str, int]] = {
    "forbidden": 403,
    "unknown_label": 404,
    "unknown_object": 404,
    "quota_exceeded": 409,
}


class NotAssignedError(DomainError):
    """It bears the code of the result that it tells of."""

    def __init__(self, result: Result) -> None:
        super().__init__(result.detail)
        self.code = result.code
        self.status = STATUS.get(result.code, 400)
