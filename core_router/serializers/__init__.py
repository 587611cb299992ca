"""Shapes of what goes in and out of the router's own endpoints; operations check the rest."""

from core_router.serializers.commands import CommandSerializer
from core_router.serializers.entities import EntitySerializer
from core_router.serializers.rules import RuleSerializer, RuleTestSerializer, TrialSerializer

__all__ = [
    "CommandSerializer",
    "EntitySerializer",
    "RuleSerializer",
    "RuleTestSerializer",
    "TrialSerializer",
]
