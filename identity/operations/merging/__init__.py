"""Two people turn out to be one: their rows become one person's, and can be parted again."""

from identity.operations.merging.staged import NotStagedError, absorb_staged

__all__ = ["NotStagedError", "absorb_staged"]
