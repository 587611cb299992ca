"""Who somebody is and where they belong."""

from identity.models.audit import AuditEvent
from identity.models.communities import (
    Community,
    Membership,
    ReputationDay,
    ReputationFlush,
    ReputationRule,
    SubscriberSighting,
)
from identity.models.lent_tokens import LentToken
from identity.models.lives import AccountMerge, DataExport, Erasure, ExportPart
from identity.models.people import IdentityLink, User, new_public_id
from identity.models.secrets import ApiKey, CodeAttempt, LinkRequest, VerificationCode

__all__ = [
    "AccountMerge",
    "ApiKey",
    "AuditEvent",
    "CodeAttempt",
    "Community",
    "DataExport",
    "Erasure",
    "ExportPart",
    "IdentityLink",
    "LentToken",
    "LinkRequest",
    "Membership",
    "ReputationDay",
    "ReputationFlush",
    "ReputationRule",
    "SubscriberSighting",
    "User",
    "VerificationCode",
    "new_public_id",
]
