"""The only labels module, beside `data` and `signals`, that other apps import."""

from labels.operations.assigning import assign, give, remove, take
from labels.operations.importing import ImportOrder
from labels.operations.importing import cancel as cancel_job
from labels.operations.importing import receive as receive_import
from labels.queries.bearer import Bearer
from labels.queries.bearing import bearer
from labels.queries.check import check, judge, names_of
from labels.queries.jobs import job_facts
from labels.registry import (
    register_area,
    register_label_users,
    register_permission,
    register_place_proofs,
)

__all__ = [
    "Bearer",
    "ImportOrder",
    "assign",
    "bearer",
    "cancel_job",
    "check",
    "give",
    "job_facts",
    "judge",
    "names_of",
    "receive_import",
    "register_area",
    "register_label_users",
    "register_permission",
    "register_place_proofs",
    "remove",
    "take",
]
