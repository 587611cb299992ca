"""What labels keep about people."""

from identity.api import PersonalTable, register_personal
from labels.models import UserLabel


def register_all() -> None:
    register_personal(
        PersonalTable("labels", UserLabel, unique_with=("label_id",), highest=("valid_until",))
    )
