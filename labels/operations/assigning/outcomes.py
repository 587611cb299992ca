"""What can become of one pin, in words."""

from typing import Final

from labels.data import Result, Status

CREATED: Final = Result(Status.CREATED)
REPLACED: Final = Result(Status.REPLACED)
REMOVED: Final = Result(Status.REMOVED)
UNCHANGED: Final = Result(Status.UNCHANGED)
BY_HAND: Final = Result(Status.UNCHANGED, "given_by_hand", "A person gave what is held here.")
SUPPRESSED: Final = Result(Status.UNCHANGED, "suppressed", "A person took it off by hand.")
OTHERS: Final = Result(Status.UNCHANGED, "given_otherwise", "Somebody else gave it.")
SUPERSEDED: Final = Result(
    Status.UNCHANGED, "superseded", "A later item of the list takes its place."
)
UNKNOWN: Final = Result(Status.ERROR, "unknown_label", "There is no such label.")
NOBODY: Final = Result(Status.ERROR, "unknown_object", "There is no such object.")
OVER: Final = Result(Status.ERROR, "invalid", "It ends before it begins, or is over already.")
FULL: Final = Result(Status.ERROR, "quota_exceeded", "This object holds as many as it may.")
