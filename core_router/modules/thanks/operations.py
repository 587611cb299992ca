"""Changing what is said."""

from datetime import datetime

from django.db import transaction

from core_router.modules.thanks.models import Thanks
from identity import api as identity
from waddlebot.lib.cache import announce


def set_text(
    *, community_id: int, message_type: str, text: str, user_id: int, now: datetime
) -> None:
    """Say this from now on; an empty text says nothing any more."""
    with transaction.atomic():
        rows = Thanks.objects.filter(community_id=community_id, message_type=message_type)
        before = rows.values_list("text", flat=True).first() or ""
        if text:
            Thanks.objects.update_or_create(
                community_id=community_id, message_type=message_type, defaults={"text": text}
            )
        else:
            rows.delete()
        announce("thanks", str(community_id))
        identity.record(
            category="audit",
            action="thanks.changed",
            actor=f"user:{user_id}",
            community_id=community_id,
            target=f"thanks:{message_type}",
            # Texts stay out of the log; that there is one does not.
            details={"before": {"says": bool(before)}, "after": {"says": bool(text)}},
            now=now,
        )
