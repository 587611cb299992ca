"""Who added which quote, and whom quotes name."""

from core_router.modules.quote.models import Quote
from core_router.modules.quote.operations import clear_quotes
from identity.api import OnErasure, PersonalTable, PersonalTrace, register_personal


def register_all() -> None:
    register_personal(
        PersonalTable("quote", Quote, "added_by_id", on_erasure=OnErasure.UNLINK),
        PersonalTrace("quote", "texts of quotes", export=None, erase=clear_quotes),
    )
