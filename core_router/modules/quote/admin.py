"""Quotes, for staff. The counting of a book is nobody's to change."""

from django.contrib import admin

from core_router.modules.quote.models import Quote


@admin.register(Quote)
class QuoteAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ["number", "community", "text", "added_at"]
    list_select_related = ["community"]
    readonly_fields = ["community", "number", "added_by", "added_at"]
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER

    def has_add_permission(self, *_: object) -> bool:
        return False
