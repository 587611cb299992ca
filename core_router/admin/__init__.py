"""The router, for staff: to look at, and to change by the operations everybody else uses."""

from core_router.admin.commands import (
    CommandAdmin,
    CommandUsageAdmin,
    CommunityModuleAdmin,
    CounterAdmin,
    RateLimitAdmin,
)
from core_router.admin.engines import EngineAdmin, EngineCallAdmin
from core_router.admin.events import (
    CommandExecutionAdmin,
    DeliveryLaneAdmin,
    EventDeliveryAdmin,
    EventHookAdmin,
    OutgoingActionAdmin,
    OutgoingLaneAdmin,
    QueuedEventAdmin,
)
from core_router.admin.moderation import ModerationEntryAdmin, ModerationRuleAdmin
from core_router.admin.places import (
    CollectorAdmin,
    CollectorLeaseAdmin,
    ConnectionAdmin,
    EntityAdmin,
    PlaceCodeAdmin,
)

__all__ = [
    "CollectorAdmin",
    "CollectorLeaseAdmin",
    "CommandAdmin",
    "CommandExecutionAdmin",
    "CommandUsageAdmin",
    "CommunityModuleAdmin",
    "ConnectionAdmin",
    "CounterAdmin",
    "DeliveryLaneAdmin",
    "EngineAdmin",
    "EngineCallAdmin",
    "EntityAdmin",
    "EventDeliveryAdmin",
    "EventHookAdmin",
    "ModerationEntryAdmin",
    "ModerationRuleAdmin",
    "OutgoingActionAdmin",
    "OutgoingLaneAdmin",
    "PlaceCodeAdmin",
    "QueuedEventAdmin",
    "RateLimitAdmin",
]
