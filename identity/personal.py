"""What identity itself keeps about people."""

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from allauth.usersessions.models import UserSession
from django.contrib.admin.models import LogEntry

from identity.models import (
    AccountMerge,
    ApiKey,
    DataExport,
    Erasure,
    IdentityLink,
    LinkRequest,
    Membership,
    ReputationDay,
    SubscriberSighting,
    User,
    VerificationCode,
)
from identity.operations.erasing.traces import clear_admin_log, clear_link_requests, erase_sessions
from identity.operations.lent_tokens import forget_tokens
from identity.operations.reputation import forget
from identity.queries import traces
from identity.queries.lent_tokens import tokens_of_account
from identity.registry import Departure, OnErasure, PersonalTable, PersonalTrace, register

APP = "identity"


def register_all() -> None:
    register(
        # The row itself is blanked, not deleted: what others did with it keeps its number.
        PersonalTable(
            APP, User, "id", merge=False, on_erasure=OnErasure.PSEUDONYMISE, hidden=("password",)
        ),
        PersonalTable(
            APP, User, "merged_into_id", merge=False, export=False, on_erasure=OnErasure.KEEP
        ),
        PersonalTable(APP, IdentityLink),
        PersonalTable(
            APP,
            Membership,
            unique_with=("community_id",),
            summed=("reputation", "messages"),
            highest=("role",),
        ),
        PersonalTable(
            APP,
            ReputationDay,
            unique_with=("community_id", "day", "reason"),
            summed=("events", "points"),
        ),
        PersonalTable(
            APP,
            SubscriberSighting,
            unique_with=("community_id", "platform"),
            highest=("seen_on",),
        ),
        PersonalTable(APP, ApiKey, hidden=("secret_sha256",)),
        # A code proves something about the account it was made for, and no other.
        PersonalTable(APP, VerificationCode, merge=False, hidden=("code_hash",)),
        PersonalTable(APP, LinkRequest, merge=False, hidden=("code_hash",)),
        PersonalTable(APP, DataExport, merge=False),
        PersonalTable(APP, Erasure, merge=False, on_erasure=OnErasure.KEEP),
        PersonalTable(APP, AccountMerge, "survivor_id", merge=False, hidden=("ledger",)),
        PersonalTable(APP, AccountMerge, "absorbed_id", merge=False, hidden=("ledger",)),
        # Addresses, second factors and sessions belong to the account they were proven for; what
        # signs in through a platform signs in as the survivor.
        PersonalTable(APP, EmailAddress, merge=False),
        PersonalTable(APP, SocialAccount),
        PersonalTable(APP, Authenticator, merge=False, hidden=("data",)),
        PersonalTable(APP, UserSession, merge=False, hidden=("session_key", "data")),
        PersonalTable(APP, LogEntry, merge=False, hidden=("object_repr",)),
        PersonalTable(APP, User.groups.through, merge=False),
        PersonalTable(APP, User.user_permissions.through, merge=False),
        # Under the names they had when they were counted.
        PersonalTrace(
            APP,
            "points not written yet",
            export=None,
            erase=_forget_points,
            action=OnErasure.DELETE,
        ),
        PersonalTrace(
            APP,
            "audit_events",
            export=traces.audit_events_of,
            erase=traces.count_audit_events,
            action=OnErasure.KEEP,
        ),
        PersonalTrace(
            APP, "django_session", export=None, erase=erase_sessions, action=OnErasure.DELETE
        ),
        PersonalTrace(
            APP,
            "lent_tokens",
            export=tokens_of_account,
            erase=forget_tokens,
            action=OnErasure.DELETE,
        ),
        PersonalTrace(APP, "link_requests of others", export=None, erase=clear_link_requests),
        PersonalTrace(APP, "django_admin_log of others", export=None, erase=clear_admin_log),
    )


def _forget_points(departure: Departure) -> int:
    return forget(departure.accounts)
