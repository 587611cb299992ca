"""What a module says of one call after it has said 202, and why that may be refused."""

from dataclasses import dataclass
from uuid import UUID

from core_router.engines.base import Answer, EngineError
from waddlebot.lib.errors import ConflictError, DomainError, Flaw, ForbiddenError, InvalidError


class SessionMismatchError(ForbiddenError):
    code = "session_mismatch"

    def __init__(self) -> None:
        super().__init__("This call belongs to another session.")


class AlreadyAnsweredError(ConflictError):
    code = "already_answered"

    def __init__(self) -> None:
        super().__init__("This call has ended: it was answered, or its time was over.")


class SessionOverError(DomainError):
    code = "session_over"
    status = 410

    def __init__(self) -> None:
        super().__init__("The session of this call is over.")


class BadAnswerError(InvalidError):
    """An answer that cannot be carried out. The call stays open for a better one."""

    def __init__(self, error: EngineError) -> None:
        place = error.detail.partition(":")[0]
        super().__init__(error.detail, errors=[Flaw(f"#/{place}", error.detail)])
        self.code = error.code


@dataclass(frozen=True, slots=True)
class Response:
    """What a module says of one call. `error` is None when it has done what it was asked."""

    execution_id: UUID
    session_id: UUID
    answer: Answer
    error: str | None = None
