"""Labels, for staff: to look at, and to change by the operations everybody else uses."""

from labels.admin.assignments import ObjectLabelAdmin, SuppressionAdmin, UserLabelAdmin
from labels.admin.groups import EntityGroupAdmin, GroupMemberAdmin
from labels.admin.jobs import JobAdmin, JobPartAdmin
from labels.admin.labels import LabelAdmin, LabelSettingsAdmin
from labels.admin.roles import RoleGrantAdmin, RoleRuleAdmin
from labels.admin.rules import LabelRuleAdmin, RuleRunAdmin, RuleWakeAdmin

__all__ = [
    "EntityGroupAdmin",
    "GroupMemberAdmin",
    "JobAdmin",
    "JobPartAdmin",
    "LabelAdmin",
    "LabelRuleAdmin",
    "LabelSettingsAdmin",
    "ObjectLabelAdmin",
    "RoleGrantAdmin",
    "RoleRuleAdmin",
    "RuleRunAdmin",
    "RuleWakeAdmin",
    "SuppressionAdmin",
    "UserLabelAdmin",
]
