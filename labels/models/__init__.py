from labels.models.assignments import Assignment, LabelSuppression, ObjectLabel, UserLabel
from labels.models.groups import EntityGroup, GroupEntity, GroupLink, GroupMember
from labels.models.jobs import Job, JobPart
from labels.models.labels import Label, LabelParent, LabelSettings
from labels.models.roles import RoleGrant, RoleRule
from labels.models.rules import LabelRule, RuleRun, RuleWake
from labels.models.versions import LabelVersion

__all__ = [
    "Assignment", "EntityGroup", "GroupEntity", "GroupLink", "GroupMember", "Job", "JobPart",
    "Label", "LabelParent", "LabelRule", "LabelSettings", "LabelSuppression", "LabelVersion",
    "ObjectLabel", "RoleGrant", "RoleRule", "RuleRun", "RuleWake", "UserLabel",
]  # fmt: skip
