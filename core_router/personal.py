"""What the router keeps about people."""

from core_router.models import CommandExecution, EngineCall
from core_router.operations import departures
from core_router.queries import personal
from identity.api import OnErasure, PersonalTable, PersonalTrace, register_personal

APP = "core_router"


def register_all() -> None:
    register_personal(
        # What ran stays with whoever ran it, under the number they had then.
        PersonalTable(
            APP,
            CommandExecution,
            merge=False,
            on_erasure=OnErasure.KEEP,
            within_communities=True,
        ),
        PersonalTable(APP, EngineCall, merge=False, on_erasure=OnErasure.DELETE),
        PersonalTrace(
            APP,
            "moderation_log",
            export=personal.moderation_of,
            erase=departures.pseudonymise_moderation,
        ),
        PersonalTrace(
            APP, "queued_events", export=personal.events_of, erase=departures.clear_queue
        ),
        PersonalTrace(
            APP,
            "event_deliveries",
            export=personal.deliveries_of,
            erase=departures.clear_deliveries,
        ),
        PersonalTrace(
            APP, "outgoing_actions", export=personal.actions_on, erase=departures.clear_outgoing
        ),
        PersonalTrace(
            APP,
            "connections",
            export=personal.connections_of,
            erase=departures.end_connections,
            action=OnErasure.DELETE,
        ),
        PersonalTrace(
            APP,
            "calls without an answer",
            export=None,
            erase=departures.end_calls,
            action=OnErasure.DELETE,
        ),
        PersonalTrace(
            APP, "why modules failed", export=None, erase=departures.forget_explanations
        ),
        PersonalTrace(
            APP,
            "history of closed communities",
            export=None,
            erase=departures.close_communities,
            action=OnErasure.DELETE,
        ),
        PersonalTrace(
            APP,
            "sessions and refusals in Redis",
            export=None,
            erase=departures.forget_in_redis,
            action=OnErasure.DELETE,
        ),
    )
