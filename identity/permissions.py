"""The one permission class. It refuses whatever does not say who may."""

from typing import Any

from rest_framework.exceptions import MethodNotAllowed
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from identity.data import Credential, Scope, Tenant
from identity.operations import require
from identity.queries import tenant
from waddlebot.lib.errors import Flaw, ForbiddenError, InvalidError, NotFoundError
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


def enter(request: Request, scope: Scope, reference: str | int | None) -> Tenant:
    """Return the community that a request names beside its URL, once it may use `scope` there.

    A key that is bound to a community means that one by naming none.
    """
    return enter_as(credential_of(request), scope, reference)


def enter_as(credential: Credential, scope: Scope, reference: str | int | None) -> Tenant:
    """Do the same for a credential that came by another door."""
    if reference is None or reference == "":
        if credential.community_id is None:
            flaw = Flaw("#/community", "Name a community, by its id or slug.")
            raise InvalidError("Of which community?", errors=[flaw])
        reference = credential.community_id
    place = _known(str(reference))
    require(credential, scope, place.id)
    return place


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
