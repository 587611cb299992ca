from django.urls import URLPattern, URLResolver, path

from identity import views
from identity.views.audit import AuditTableView, OwnAuditView
from identity.views.erasures import CancelErasureView, ErasureView, ReceiptView
from identity.views.exports import ArchiveView, ExportsView, ExportView, OneExportView
from identity.views.forward_auth import ForwardAuthView
from identity.views.leaks import LeakView
from identity.views.lent_tokens import LentTokensView, LentTokenView
from identity.views.merges import (
    ConfirmMergeView,
    MergeCodesView,
    MergesView,
    MergeView,
    UndoMergeView,
)

app_name = "identity"
urlpatterns: list[URLPattern | URLResolver] = [
    path("v1/me", views.MeView.as_view(), name="me"),
    path("v1/users/<str:user>", views.UserView.as_view(), name="user"),
    path(
        "v1/platforms/<str:platform>/<str:platform_user_id>",
        views.AccountView.as_view(),
        name="account",
    ),
    path("v1/communities", views.CommunitiesView.as_view(), name="communities"),
    path("v1/communities/<str:community>", views.CommunityView.as_view(), name="community"),
    path("v1/communities/<str:community>/members", views.MembersView.as_view(), name="members"),
    path(
        "v1/communities/<str:community>/members/<str:user>",
        views.MemberView.as_view(),
        name="member",
    ),
    path(
        "v1/communities/<str:community>/reputation",
        views.LeaderboardView.as_view(),
        name="leaderboard",
    ),
    path(
        "v1/communities/<str:community>/reputation/<str:user>",
        views.ReputationView.as_view(),
        name="reputation",
    ),
    path(
        "v1/communities/<str:community>/reputation-rules",
        views.ReputationRulesView.as_view(),
        name="reputation-rules",
    ),
    path(
        "v1/communities/<str:community>/platform-tokens",
        LentTokensView.as_view(),
        name="platform-tokens",
    ),
    path(
        "v1/communities/<str:community>/platform-tokens/<int:token>",
        LentTokenView.as_view(),
        name="platform-token",
    ),
    path("v1/api-keys", views.KeysView.as_view(), name="keys"),
    path("v1/api-keys/report-leak", LeakView.as_view(), name="report-leak"),
    path("v1/api-keys/<str:key_id>", views.KeyView.as_view(), name="key"),
    path("v1/api-keys/<str:key_id>/rotate", views.RotateView.as_view(), name="rotate-key"),
    path("v1/me/export", ExportView.as_view(), name="export"),
    path("v1/me/exports", ExportsView.as_view(), name="exports"),
    path("v1/me/exports/<str:export>", OneExportView.as_view(), name="one-export"),
    path("v1/me/erasure", ErasureView.as_view(), name="erasure"),
    path("v1/me/erasure/cancel", CancelErasureView.as_view(), name="cancel-erasure"),
    path("v1/erasures/<str:token>", ReceiptView.as_view(), name="receipt"),
    path("v1/exports/<str:token>", ArchiveView.as_view(), name="archive"),
    path("v1/links", views.LinksView.as_view(), name="links"),
    path("v1/links/<str:link_id>", views.LinkView.as_view(), name="link"),
    path("v1/links/<str:link_id>/verify", views.VerifyLinkView.as_view(), name="verify-link"),
    path("v1/links/<str:link_id>/resend", views.ResendLinkView.as_view(), name="resend-link"),
    path("v1/verify", views.TypedCodeView.as_view(), name="typed-code"),
    path("v1/forward-auth", ForwardAuthView.as_view(), name="forward-auth"),
    path("v1/me/audit", OwnAuditView.as_view(), name="own-audit"),
    path("v1/audit.csv", AuditTableView.as_view(), name="audit-table"),
    path("v1/merges", MergesView.as_view(), name="merges"),
    path("v1/merges/codes", MergeCodesView.as_view(), name="merge-codes"),
    path("v1/merges/<str:merge>", MergeView.as_view(), name="merge"),
    path("v1/merges/<str:merge>/confirm", ConfirmMergeView.as_view(), name="confirm-merge"),
    path("v1/merges/<str:merge>/undo", UndoMergeView.as_view(), name="undo-merge"),
    path("v1/audit", views.AuditView.as_view(), name="audit"),
]
