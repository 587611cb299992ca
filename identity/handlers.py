"""What allauth tells, written to the AAA log. Rows name nobody: ids, platforms and facts only."""

from collections.abc import Callable
from typing import Any, Final

from allauth.account import signals as account
from allauth.account.internal.flows.login import get_authentication_records
from allauth.mfa import signals as mfa
from allauth.socialaccount import signals as social
from django.contrib.auth.signals import user_logged_out
from django.dispatch import Signal
from django.http import HttpRequest
from django.utils import timezone

from identity.operations.audit import record, record_refusal
from identity.operations.people import undo_sign_up
from identity.operations.provider_accounts import give_up, prove
from waddlebot.lib.cache import announce
from waddlebot.lib.errors import DomainError

WAYS: Final = {
    "password": "sign_in_by_password",
    "code": "sign_in_by_code",
    "socialaccount": "sign_in_by_oauth",
    "mfa": "sign_in_by_passkey",
}


def on_signed_in(request: HttpRequest, user: Any, **_: Any) -> None:
    steps = get_authentication_records(request, user)
    ways = [str(step["method"]) for step in steps]
    details: dict[str, Any] = {"steps": ways}
    if provider := next((step["provider"] for step in steps if "provider" in step), None):
        details["provider"] = provider
    action = WAYS[ways[0]] if ways else "sign_in_after_sign_up"
    _record("authentication", action, user, details)


def on_signed_out(user: Any, **_: Any) -> None:
    if user is not None:
        _record("authentication", "signed_out", user, {})


def on_signed_up(user: Any, **rest: Any) -> None:
    sociallogin = rest.get("sociallogin")
    details = {"provider": sociallogin.account.provider} if sociallogin else {}
    _record("audit", "signed_up", user, details)
    if sociallogin:
        try:
            prove(sociallogin.account, user_id=user.pk, now=timezone.now())
        except DomainError:
            # Somebody else proved it in this very moment.
            undo_sign_up(user.pk)
            raise


def on_email(action: str) -> Callable[..., None]:
    def tell(email_address: Any, **_: Any) -> None:
        _record("audit", action, email_address.user, {"email": email_address.pk})

    return tell


def on_primary_changed(
    user: Any, from_email_address: Any, to_email_address: Any, **_: Any
) -> None:
    before = from_email_address.pk if from_email_address else None
    _record(
        "audit", "primary_email_changed", user, {"before": before, "after": to_email_address.pk}
    )


def on_authenticator(action: str) -> Callable[..., None]:
    def tell(user: Any, authenticator: Any, **_: Any) -> None:
        announce("second_factors", str(user.pk))
        _record("audit", action, user, {"type": str(authenticator.type)})

    return tell


def on_account(action: str) -> Callable[..., None]:
    def tell(user: Any, **_: Any) -> None:
        _record("audit", action, user, {})

    return tell


def on_connected(sociallogin: Any, **_: Any) -> None:
    account, user = sociallogin.account, sociallogin.user
    try:
        prove(account, user_id=user.pk, now=timezone.now())
    except DomainError:
        account.delete()
        raise
    _record("audit", "provider_connected", user, {"provider": account.provider})


def on_disconnected(socialaccount: Any, **_: Any) -> None:
    user = socialaccount.user
    give_up(socialaccount, user_id=user.pk, now=timezone.now())
    _record("audit", "provider_disconnected", user, {"provider": socialaccount.provider})


def on_rejected(action: str, reason: str) -> Callable[..., None]:
    def tell(user: Any, **_: Any) -> None:
        record_refusal(
            category="authentication", action=action, actor=f"user:{user.pk}", reason=reason
        )

    return tell


RECEIVERS: Final[tuple[tuple[Signal, Callable[..., None]], ...]] = (
    (account.user_logged_in, on_signed_in),
    (user_logged_out, on_signed_out),
    (account.user_signed_up, on_signed_up),
    (account.password_changed, on_account("password_changed")),
    (account.password_set, on_account("password_set")),
    (account.password_reset, on_account("password_reset")),
    (account.email_added, on_email("email_added")),
    (account.email_removed, on_email("email_removed")),
    (account.email_confirmed, on_email("email_verified")),
    (account.email_changed, on_primary_changed),
    (account.login_code_rejected, on_rejected("sign_in_by_code", "wrong code")),
    (account.password_reset_code_rejected, on_rejected("password_reset", "wrong code")),
    (account.email_verification_code_rejected, on_rejected("email_verified", "wrong code")),
    (mfa.authenticator_added, on_authenticator("authenticator_added")),
    (mfa.authenticator_removed, on_authenticator("authenticator_removed")),
    (mfa.authenticator_reset, on_authenticator("authenticator_reset")),
    (mfa.authentication_failed, on_rejected("second_factor", "wrong code or key")),
    (social.social_account_added, on_connected),
    (social.social_account_removed, on_disconnected),
)


def connect() -> None:
    for number, (signal, receiver) in enumerate(RECEIVERS):
        # Those made by a function are held by nothing else.
        signal.connect(receiver, weak=False, dispatch_uid=f"identity.handlers.{number}")


def _record(category: str, action: str, user: Any, details: dict[str, Any]) -> None:
    record(
        category=category,
        action=action,
        actor=f"user:{user.pk}",
        target=f"user:{user.pk}",
        details=details,
        now=timezone.now(),
    )
