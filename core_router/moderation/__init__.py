"""Normalise, match, say what to do: the judgement of one message."""

from core_router.data import Hit
from core_router.moderation.actions import KINDS as ACTIONS
from core_router.moderation.actions import actions_of
from core_router.moderation.normalise import folded
from core_router.moderation.patterns import KINDS as MATCHES
from core_router.moderation.patterns import UnsupportedPatternError
from core_router.moderation.rules import (
    MOST_RULES,
    RuleSet,
    check_rule,
    compile_rules,
    regex_size,
)

__all__ = [
    "ACTIONS",
    "MATCHES",
    "MOST_RULES",
    "Hit",
    "RuleSet",
    "UnsupportedPatternError",
    "actions_of",
    "check_rule",
    "compile_rules",
    "folded",
    "regex_size",
]
