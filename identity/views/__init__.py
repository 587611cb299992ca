"""Identity's REST views."""

from identity.views.audit import AuditView
from identity.views.communities import CommunitiesView, CommunityView, MembersView, MemberView
from identity.views.keys import KeysView, KeyView, RotateView
from identity.views.people import AccountView, MeView, UserView

__all__ = [
    "AccountView",
    "AuditView",
    "CommunitiesView",
    "CommunityView",
    "KeyView",
    "KeysView",
    "MeView",
    "MemberView",
    "MembersView",
    "RotateView",
    "UserView",
]
