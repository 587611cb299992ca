"""Identity's REST views."""

from identity.views.audit import AuditView
from identity.views.communities import CommunitiesView, CommunityView, MembersView, MemberView
from identity.views.keys import KeysView, KeyView, RotateView
from identity.views.links import LinksView, LinkView, ResendLinkView, VerifyLinkView
from identity.views.people import AccountView, MeView, UserView
from identity.views.reputation import LeaderboardView, ReputationRulesView, ReputationView
from identity.views.typed_codes import TypedCodeView

__all__ = [
    "AccountView",
    "AuditView",
    "CommunitiesView",
    "CommunityView",
    "KeyView",
    "KeysView",
    "LeaderboardView",
    "LinkView",
    "LinksView",
    "MeView",
    "MemberView",
    "MembersView",
    "ReputationRulesView",
    "ReputationView",
    "ResendLinkView",
    "RotateView",
    "TypedCodeView",
    "UserView",
    "VerifyLinkView",
]
