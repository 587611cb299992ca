"""The record of what moderation stopped. It holds no text: matches are positions."""

from collections.abc import Sequence

from core_router.models import ModerationEntry


def write_moderation(entries: Sequence[ModerationEntry]) -> None:
    """Write all in one statement. What is there already stays as it is."""
    if entries:
        ModerationEntry.objects.bulk_create(entries, ignore_conflicts=True)
