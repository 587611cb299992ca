"""Mail to people. It is a courtesy: what it tells stands in the product too."""

import logging
from functools import partial
from smtplib import SMTPException

from django.core.mail import send_mail
from django.db import transaction

logger = logging.getLogger(__name__)


def send_letter_on_commit(*, address: str, subject: str, text: str) -> None:
    letter = partial(send_letter, address=address, subject=subject, text=text)
    transaction.on_commit(letter)


def send_letter(*, address: str, subject: str, text: str) -> None:
    """Send a mail, when there is an address. One that cannot be sent stops nothing."""
    if not address:
        return
    try:
        send_mail(subject, text, None, [address])
    except (OSError, SMTPException) as error:
        logger.warning("A mail was not sent", extra={"error": type(error).__name__})
