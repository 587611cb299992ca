"""Roles on the platforms that follow from labels."""

from labels.operations.roles.carrying import carry_out_due
from labels.operations.roles.farewell import take_leave
from labels.operations.roles.planning import plan_due
from labels.operations.roles.preview import preview_of
from labels.operations.roles.rules import (
    RoleRuleWish,
    add_rule,
    change_rule,
    checked_rule,
    remove_rule,
    sync_rule,
)
from labels.operations.roles.waking import wake_by_labels, wake_communities

__all__ = [
    "RoleRuleWish", "add_rule", "carry_out_due", "change_rule", "checked_rule", "plan_due",
    "preview_of", "remove_rule", "sync_rule", "take_leave", "wake_by_labels", "wake_communities",
]  # fmt: skip
