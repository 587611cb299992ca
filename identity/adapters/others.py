"""What allauth asks about second factors, sessions, and what its JSON tells."""

from collections.abc import Iterable
from typing import Any

from allauth.core import context
from allauth.headless.adapter import DefaultHeadlessAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.usersessions.adapter import DefaultUserSessionsAdapter
from allauth.usersessions.models import UserSession
from django.utils import timezone

from identity.operations.audit import record
from identity.operations.second_factors import SecondFactorLostError
from waddlebot.lib.sealing import BrokenSealError, seal, unseal


class MfaAdapter(DefaultMFAAdapter):
    def encrypt(self, text: str) -> str:
        return seal(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """Raises SecondFactorLostError."""
        try:
            return unseal(encrypted_text.encode()).decode()
        except BrokenSealError:
            raise SecondFactorLostError from None


class SessionsAdapter(DefaultUserSessionsAdapter):
    def end_sessions(self, sessions: Iterable[UserSession]) -> None:
        ended = list(sessions)
        super().end_sessions(ended)
        if ended:
            record(
                category="authentication",
                action="sessions_ended",
                actor=f"user:{context.request.user.pk}",
                target=f"user:{ended[0].user_id}",
                details={"sessions": len(ended)},
                now=timezone.now(),
            )


class HeadlessAdapter(DefaultHeadlessAdapter):
    def serialize_user(self, user: Any) -> dict[str, Any]:
        """Everywhere else in the API a person's id is the public one."""
        told: dict[str, Any] = super().serialize_user(user)
        return told | {"id": user.public_id}
