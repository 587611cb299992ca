"""Auto-assign rules: making them, and doing what they say."""

from labels.operations.rules.changing import (
    RuleConflictError,
    RuleDisabledError,
    TooManyRulesError,
    add_rule,
    change_rule,
    remove_rule,
    run_rule,
)
from labels.operations.rules.circles import RuleCircleError
from labels.operations.rules.resting import rest_rules
from labels.operations.rules.running import forget_runs, run_rules
from labels.operations.rules.waking import answer_wakes, wake
from labels.operations.rules.wishes import RuleWish, judge_for, wish_of

__all__ = [
    "RuleCircleError",
    "RuleConflictError",
    "RuleDisabledError",
    "RuleWish",
    "TooManyRulesError",
    "add_rule",
    "answer_wakes",
    "change_rule",
    "forget_runs",
    "judge_for",
    "remove_rule",
    "rest_rules",
    "run_rule",
    "run_rules",
    "wake",
    "wish_of",
]
