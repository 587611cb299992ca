"""What the router keeps about people."""

from core_router.models import CommandExecution
from identity.api import OnErasure, PersonalTable, register_personal


def register_all() -> None:
    register_personal(
        # What ran stays with whoever ran it, under the number they had then.
        PersonalTable(
            "core_router",
            CommandExecution,
            merge=False,
            on_erasure=OnErasure.KEEP,
            within_communities=True,
        )
    )
