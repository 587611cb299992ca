"""The one permission class. It refuses whatever does not say who may."""

from typing import Any

from rest_framework.exceptions import MethodNotAllowed
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from identity.data import Credential, Scope, Tenant
from identity.operations import require
from identity.queries import tenant
from waddlebot.lib.errors import ForbiddenError, NotFoundError
from waddlebot.lib.problems import NotAuthenticatedError


class HasScope(BasePermission):
    """Asks for the scope the view names for the method, in the community its URL names.

    A view declares `scopes: ClassVar[Mapping[str, Scope]]`, one for each method it answers, or
    `public = True`; one that declares neither answers nobody.
    """

    def has_permission(self, request: Request, view: Any) -> bool:
        if getattr(view, "public", False):
            return True
        if request.method == "OPTIONS" or not hasattr(view, str(request.method).lower()):
            raise MethodNotAllowed(str(request.method))
        scope: Scope | None = getattr(view, "scopes", {}).get(
            "GET" if request.method == "HEAD" else request.method
        )
        credential = credential_of(request)
        if scope is None:
            raise ForbiddenError("Nobody may do this.")
        reference = view.kwargs.get("community")
        place = None if reference is None else _known(reference)
        require(credential, scope, place.id if place else None)
        if place is not None:
            request.tenant = place  # type: ignore[attr-defined]
        return True


def _known(reference: str) -> Tenant:
    place = tenant(reference)
    if place is None:
        raise NotFoundError
    return place


def tenant_of(request: Request) -> Tenant:
    """Return the community of the URL, whose door HasScope has opened."""
    place: Tenant = request.tenant  # type: ignore[attr-defined]
    return place


def credential_of(request: Request) -> Credential:
    if not isinstance(request.auth, Credential):
        raise NotAuthenticatedError
    return request.auth
