"""The only labels module, beside `data` and `signals`, that other apps import."""

from labels.operations.assigning import assign, give, remove, take
from labels.operations.importing import ImportOrder
from labels.operations.importing import cancel as cancel_job
from labels.operations.importing import receive as receive_import
from labels.operations.labels import make_label
from labels.queries.bearer import Bearer
from labels.queries.bearing import bearer
from labels.queries.check import check, judge, names_of
from labels.queries.giving import refusing
from labels.queries.in_chat import (
    groups_lending,
    holders_now,
    label_facts,
    refusal_to_give,
    refusal_to_make,
)
from labels.queries.jobs import job_facts
from labels.queries.wording import at
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
    "at",
    "bearer",
    "cancel_job",
    "check",
    "give",
    "groups_lending",
    "holders_now",
    "job_facts",
    "judge",
    "label_facts",
    "make_label",
    "names_of",
    "receive_import",
    "refusal_to_give",
    "refusal_to_make",
    "refusing",
    "register_area",
    "register_label_users",
    "register_permission",
    "register_place_proofs",
    "remove",
    "take",
]
