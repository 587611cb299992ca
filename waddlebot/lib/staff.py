"""What the pages for staff have in common, in Django's admin."""

from functools import cached_property
from typing import Any, Final

from django.contrib import admin, messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseRedirect

from waddlebot.lib.errors import DomainError

MOST_ROWS: Final = 10_000


def actor_in(request: HttpRequest) -> str:
    return f"user:{request.user.pk}"


class BoundedPaginator(Paginator):  # type: ignore[type-arg]
    """Counts no further than staff may leaf; older rows are found by search and filters."""

    @cached_property
    def count(self) -> int:
        rows: QuerySet[Any] = self.object_list  # type: ignore[assignment]
        return rows.order_by()[:MOST_ROWS].count()


class Bounded(admin.ModelAdmin):  # type: ignore[type-arg]
    """Lists that stay quick however many rows there are."""

    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    paginator = BoundedPaginator
    list_per_page = 50


class ByOperations(Bounded):
    """Changes rows by the operations everybody uses; what these refuse is said on the page."""

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        return self._or_say_why(super().changeform_view, request, *args, **kwargs)

    def delete_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        return self._or_say_why(super().delete_view, request, *args, **kwargs)

    def changelist_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        return self._or_say_why(super().changelist_view, request, *args, **kwargs)

    def _or_say_why(self, view: Any, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        try:
            return view(request, *args, **kwargs)
        except DomainError as refusal:
            messages.error(request, refusal.detail)
            return HttpResponseRedirect(request.get_full_path())


class ReadOnly(Bounded):
    """To look at; what changes it goes through operations."""

    def has_add_permission(self, *_: Any, **__: Any) -> bool:
        return False

    def has_change_permission(self, *_: Any, **__: Any) -> bool:
        return False

    def has_delete_permission(self, *_: Any, **__: Any) -> bool:
        return False
