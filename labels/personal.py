"""What labels keep about people."""

from identity.api import PersonalTable, register_personal
from labels.models import GroupMember, LabelSuppression, RoleGrant, RuleWake, UserLabel
from labels.operations.merging import end_collisions


def register_all() -> None:
    register_personal(
        PersonalTable("labels", UserLabel, before_merge=end_collisions),
        PersonalTable("labels", LabelSuppression, unique_with=("label_id",)),
        PersonalTable("labels", GroupMember, unique_with=("group_id",)),
        # An account of either of the two, whatever becomes of them.
        PersonalTable("labels", RoleGrant),
        PersonalTable("labels", RuleWake, merge=False, export=False),
    )
