"""What labels keep about people."""

from identity.api import OnErasure, PersonalTable, PersonalTrace, register_personal
from labels.models import GroupMember, LabelSuppression, RoleGrant, RuleWake, UserLabel
from labels.operations.departures import clear_reasons
from labels.operations.importing import forget_files
from labels.operations.merging import end_collisions
from labels.operations.roles import take_leave

APP = "labels"


def register_all() -> None:
    register_personal(
        PersonalTable(
            APP, UserLabel, before_merge=end_collisions, actors=("given_by", "ended_by")
        ),
        PersonalTable(APP, LabelSuppression, unique_with=("label_id",), actors=("created_by",)),
        PersonalTable(APP, GroupMember, unique_with=("group_id",), actors=("added_by",)),
        # An account of either of the two, whatever becomes of them.
        PersonalTable(APP, RoleGrant, hidden=("sealed",)),
        PersonalTrace(APP, "roles to take back on platforms", export=None, erase=take_leave),
        PersonalTable(APP, RuleWake, merge=False, export=False),
        PersonalTrace(APP, "reasons of labels", export=None, erase=clear_reasons),
        # Others' work, which may name them; it goes by itself after a week.
        PersonalTrace(
            APP, "files of imports", export=None, erase=forget_files, action=OnErasure.DELETE
        ),
    )
