"""Connecting a channel, a server or a workspace, which takes a browser."""

from typing import Final

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods

from core_router import api as core_router
from identity import api as identity
from identity.data import Credential, Scope, Tenant

SCOPES: Final = frozenset(Scope) - {Scope.ADMIN}


@require_http_methods(["GET", "POST"])
@login_required
def connections(request: HttpRequest, community: str) -> HttpResponse:
    """Show what is connected; POST goes to a platform, or leaves a place."""
    place = identity.enter_as(_credential(request), Scope.COMMUNITY_MANAGE, community)
    if request.method == "POST":
        return _change(request, place)
    rows = core_router.connection_rows(place.id).order_by("platform", "pk")[:200]
    facts = {"place": place, "rows": rows, "offered": core_router.offered()}
    return render(request, "portal/connections.html", facts)


@require_GET
@login_required
def came_back(request: HttpRequest, platform: str) -> HttpResponse:
    """Take what the platform says to the browser that went there."""
    begun = core_router.begun_by(
        platform=platform,
        state=request.GET.get("state", ""),
        session_key=request.session.session_key or "",
        now=timezone.now(),
    )
    # Whoever began it may have lost the right to since.
    place = identity.enter_as(
        _credential(request), Scope.COMMUNITY_MANAGE, str(begun.community_id)
    )
    core_router.connect(
        core_router.redeem(begun, code=request.GET.get("code", "")),
        platform=platform,
        community_id=place.id,
        actor=_actor(request),
        now=timezone.now(),
    )
    return redirect("portal:connections", community=place.slug)


def _change(request: HttpRequest, place: Tenant) -> HttpResponse:
    now = timezone.now()
    leave = request.POST.get("leave", "")
    if leave.isascii() and leave.isdigit() and len(leave) < len(str(2**63)):
        core_router.disconnect(
            community_id=place.id, connection_id=int(leave), actor=_actor(request), now=now
        )
        return redirect("portal:connections", community=place.slug)
    identity.require_second_factor(_credential(request), place.id)
    url = core_router.begin(
        platform=request.POST.get("platform", ""),
        community_id=place.id,
        session_key=request.session.session_key or "",
        now=now,
    )
    return redirect(url)


def _credential(request: HttpRequest) -> Credential:
    is_staff = bool(getattr(request.user, "is_staff", False))
    return Credential("session", int(request.user.pk or 0), is_staff, SCOPES)


def _actor(request: HttpRequest) -> str:
    return identity.actor_of(_credential(request))
