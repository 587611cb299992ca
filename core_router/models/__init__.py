"""Rows of the router."""

from core_router.models.codes import PlaceCode
from core_router.models.commands import (
    Command,
    CommandExecution,
    CommandName,
    CommunityModule,
    Counter,
    RateLimit,
)
from core_router.models.connections import Connection
from core_router.models.deliveries import DeliveryLane, EventDelivery, EventHook
from core_router.models.engines import Engine, EngineCall
from core_router.models.leases import Collector, CollectorLease
from core_router.models.moderation import ModerationEntry, ModerationRule
from core_router.models.outgoing import OutgoingAction, OutgoingLane
from core_router.models.places import Entity
from core_router.models.queue import QueuedEvent
from core_router.models.usage import CommandUsage, LateExecution, UsageMark

__all__ = [
    "Collector",
    "CollectorLease",
    "Command",
    "CommandExecution",
    "CommandName",
    "CommandUsage",
    "CommunityModule",
    "Connection",
    "Counter",
    "DeliveryLane",
    "Engine",
    "EngineCall",
    "Entity",
    "EventDelivery",
    "EventHook",
    "LateExecution",
    "ModerationEntry",
    "ModerationRule",
    "OutgoingAction",
    "OutgoingLane",
    "PlaceCode",
    "QueuedEvent",
    "RateLimit",
    "UsageMark",
]
