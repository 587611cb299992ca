"""Names, passwords and mail, as allauth asks about them."""

import logging
from typing import Any, Final

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.internal.httpkit import get_client_ip
from django.core.exceptions import ValidationError
from django.http import HttpRequest

from identity.models import User
from identity.operations.attempts import count_sign_in
from identity.operations.audit import record_refusal
from identity.operations.people import undo_sign_up
from waddlebot.lib.errors import UnavailableError

logger = logging.getLogger(__name__)

# What TrustedProxies could not make out; allauth wants some address.
NOWHERE: Final = "0.0.0.0"  # noqa: S104


class MailUnavailableError(UnavailableError):
    code = "mail_unavailable"

    def __init__(self) -> None:
        super().__init__("Mail cannot be sent now. Try again in a minute.", retry_after_s=60)


class AccountAdapter(DefaultAccountAdapter):
    def get_client_ip(self, request: HttpRequest) -> str:
        return get_client_ip(request) or NOWHERE

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """In the place of allauth's own limit, which only counts in windows of five minutes."""
        name = str(credentials.get("email") or credentials.get("username") or "")
        count_sign_in(name=name, ip=self.get_client_ip(request))

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        record_refusal(
            category="authentication",
            action="sign_in_by_password",
            actor="anonymous",
            ip=self.get_client_ip(request),
            reason="wrong name or password",
        )

    def clean_username(self, username: str, shallow: bool = False) -> str:  # noqa: FBT001, FBT002
        if "@" in username:
            raise ValidationError("A name has no @ in it; that would look like an e-mail address.")
        return str(super().clean_username(username, shallow))

    def save_user(
        self,
        request: HttpRequest,
        user: Any,
        form: Any,
        commit: bool = True,  # noqa: FBT001, FBT002
    ) -> Any:
        saved = super().save_user(request, user, form, commit)
        request.allauth.signed_up = saved  # type: ignore[attr-defined]
        return saved

    def login(self, request: HttpRequest, user: Any) -> None:
        before = request.session.session_key
        super().login(request, user)
        # Django keeps the session's id when the same person signs in again.
        if request.session.session_key == before:
            request.session.cycle_key()

    def get_login_stages(self) -> list[str]:
        ours = "identity.adapters.stages.EmailVerificationStage"
        stages = super().get_login_stages()
        return [ours if each.endswith(".EmailVerificationStage") else each for each in stages]

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """A server that is away is told to whoever waits for the mail, and no sign-up is half."""
        try:
            super().send_mail(template_prefix, email, context)
        except OSError as error:  # Those of smtplib are too.
            logger.warning("Mail cannot be sent", extra={"error": type(error).__name__})
            if isinstance(signed_up := getattr(self.request.allauth, "signed_up", None), User):
                undo_sign_up(signed_up.pk)
            raise MailUnavailableError from None

    def send_notification_mail(self, *args: Any, **kwargs: Any) -> None:
        """What it tells about has happened; that it cannot be told now changes nothing."""
        try:
            super().send_notification_mail(*args, **kwargs)
        except MailUnavailableError:
            return
