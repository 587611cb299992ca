"""Places where people chat, and who listens to them."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from core_router.admin.common import given_by
from core_router.models import Collector, CollectorLease, Connection, Entity, PlaceCode
from core_router.operations.entities import claim_entity
from waddlebot.lib.staff import ReadOnly


@admin.register(Entity)
class EntityAdmin(ReadOnly):
    list_display = ["key", "community", "is_proven", "created_at"]
    list_filter = ["is_proven", "platform"]
    list_select_related = ["community"]
    search_fields = ["server_id", "channel_id", "community__slug"]
    actions = ["prove"]

    @admin.action(description="Prove these claims: their community owns the channel")
    def prove(self, request: HttpRequest, queryset: QuerySet[Entity]) -> None:
        for row in queryset:
            claim_entity(
                community_id=row.community_id,
                platform=row.platform,
                server_id=row.server_id,
                channel_id=row.channel_id,
                proven=True,
                **given_by(request),
            )


@admin.register(Collector)
class CollectorAdmin(ReadOnly):
    list_display = ["name", "platform", "community", "held", "wants", "expires_at"]
    list_filter = ["platform"]
    list_select_related = ["community"]
    search_fields = ["name", "community__slug"]


@admin.register(CollectorLease)
class CollectorLeaseAdmin(ReadOnly):
    list_display = ["key", "community", "holder", "is_live", "viewer_count", "priority", "error"]
    list_filter = ["platform", "is_live"]
    list_select_related = ["community", "holder"]
    search_fields = ["key", "holder__name", "community__slug"]


@admin.register(Connection)
class ConnectionAdmin(ReadOnly):
    """Of its tokens nothing."""

    list_display = ["id", "community", "platform", "server_id", "state", "checked_at"]
    list_filter = ["platform", "state"]
    list_select_related = ["community"]
    search_fields = ["=server_id", "=account_id", "community__slug"]
    exclude = ["sealed"]


@admin.register(PlaceCode)
class PlaceCodeAdmin(ReadOnly):
    """Of the code itself nothing."""

    list_display = ["entity", "community", "expires_at"]
    list_select_related = ["community"]
    exclude = ["digest"]
