"""Mail to people. It is a courtesy: what it tells stands in the product too."""

import logging
from functools import partial
from smtplib import SMTPException

from django.core.mail import send_mail
from django.db import transaction

from identity.data import Role
from identity.models import Membership

logger = logging.getLogger(__name__)


def send_letter_on_commit(*, address: str, subject: str, text: str) -> None:
    letter = partial(send_letter, address=address, subject=subject, text=text)
    transaction.on_commit(letter)


def write_to_owners(*, community_id: int, subject: str, text: str) -> None:
    """Write to the owners of a community who have an address, once this commits."""
    owners = Membership.objects.filter(
        community_id=community_id, role=Role.OWNER, user__is_active=True
    )
    for address in owners.exclude(user__email="").values_list("user__email", flat=True):
        send_letter_on_commit(address=address, subject=subject, text=text)


def send_letter(*, address: str, subject: str, text: str) -> None:
    """Send a mail, when there is an address. One that cannot be sent stops nothing."""
    if not address:
        return
    try:
        send_mail(subject, text, None, [address])
    except (OSError, SMTPException) as error:
        logger.warning("A mail was not sent", extra={"error": type(error).__name__})
