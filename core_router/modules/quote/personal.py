"""Who added which quote."""

from core_router.modules.quote.models import Quote
from identity.api import OnErasure, PersonalTable, register_personal


def register_all() -> None:
    register_personal(PersonalTable("quote", Quote, "added_by_id", on_erasure=OnErasure.UNLINK))
