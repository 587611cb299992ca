"""What both sides of a merge are told, so that nobody's account goes without their knowing."""

from typing import Final

from identity.models import User
from identity.operations.letters import send_letter_on_commit
from identity.queries.links import account_name

MERGED: Final = """\
Your WaddleBot account {absorbed} was merged into {survivor}. What was kept under the one is kept
under the other now.

Within 30 days this can be undone by whoever is signed in as {survivor}, and by this WaddleBot's
staff. If it was not you who merged them, tell the staff.
"""
UNDONE: Final = """\
The merge of the WaddleBot accounts {absorbed} and {survivor} was undone: they are two again.
If it was not you who did that, tell this WaddleBot's staff.
"""


def tell_of_merge(survivor: User, absorbed: User) -> None:
    _tell(survivor, absorbed, subject="Your accounts were merged", text=MERGED)


def tell_of_undo(survivor: User, absorbed: User) -> None:
    _tell(survivor, absorbed, subject="A merge was undone", text=UNDONE)


def _tell(survivor: User, absorbed: User, *, subject: str, text: str) -> None:
    filled = text.format(survivor=account_name(survivor.pk), absorbed=account_name(absorbed.pk))
    for address in sorted({survivor.email, absorbed.email}):
        send_letter_on_commit(address=address, subject=subject, text=filled)
