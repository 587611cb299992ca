"""Identity, for staff. No secret and no hash of one is ever shown."""

from identity.admin import accounts
from identity.admin.communities import CommunityAdmin, MembershipAdmin
from identity.admin.keys import ApiKeyAdmin, LentTokenAdmin, VerificationCodeAdmin
from identity.admin.lives import DataExportAdmin, ErasureAdmin
from identity.admin.log import AuditEventAdmin
from identity.admin.people import IdentityLinkAdmin, UserAdmin

__all__ = [
    "ApiKeyAdmin",
    "AuditEventAdmin",
    "CommunityAdmin",
    "DataExportAdmin",
    "ErasureAdmin",
    "IdentityLinkAdmin",
    "LentTokenAdmin",
    "MembershipAdmin",
    "UserAdmin",
    "VerificationCodeAdmin",
    "accounts",
]
