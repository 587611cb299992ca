"""API keys, for those whose they are."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar

from django.utils import timezone
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from identity.data import Credential, KeyInfo, NewKey, Role, Scope
from identity.operations import actor_of, create_key, keep_within, revoke_key, rotate_key
from identity.operations.access import require_second_factor
from identity.operations.keys import check_handed_out
from identity.permissions import credential_of
from identity.queries import as_info, key_info, keys_seen_by, role_in, tenant, tenant_by_id
from identity.serializers import KeyInput, KeyOutput, KeyRotation, NewKeyOutput
from waddlebot.lib.errors import NotFoundError
from waddlebot.lib.pagination import CursorPages


class KeysView(APIView):
    pagination_class = CursorPages
    scopes: ClassVar[Mapping[str, Scope]] = {
        "GET": Scope.IDENTITY_MANAGE,
        "POST": Scope.IDENTITY_MANAGE,
    }

    @extend_schema(operation_id="list_api_keys", responses=KeyOutput(many=True))
    def get(self, request: Request) -> Response:
        """The asker's own keys, without their secrets."""
        pages, now = CursorPages(), timezone.now()
        rows = pages.of(keys_seen_by(credential_of(request)), request)
        return pages.get_paginated_response([_key(as_info(row), now) for row in rows])

    @extend_schema(operation_id="create_api_key", request=KeyInput, responses={201: NewKeyOutput})
    def post(self, request: Request) -> Response:
        """Make a key; a key makes none that can do more than itself. At most 5 are active.

        403 `beyond_this_key` for `identity:verify`, which only staff give out.
        """
        credential, now = credential_of(request), timezone.now()
        form = KeyInput(data=request.data)
        form.is_valid(raise_exception=True)
        wish = _wish(credential, form.validated_data)
        keep_within(credential, **_bounds(wish))
        check_handed_out(credential, scopes=wish["scopes"])
        # What collectors do goes on without a second factor; a thief must not begin it.
        require_second_factor(credential, wish["community_id"])
        made = create_key(
            user_id=credential.user_id,
            limited=True,
            actor=actor_of(credential),
            now=now,
            **wish,
        )
        return Response(_new_key(made, now), status=201)


class KeyView(APIView):
    scopes: ClassVar[Mapping[str, Scope]] = {"DELETE": Scope.IDENTITY_MANAGE}

    @extend_schema(operation_id="revoke_api_key", request=None, responses={204: OpenApiResponse()})
    def delete(self, request: Request, key_id: str) -> Response:
        """End a key at once. 409 `key_inactive` when it has ended before."""
        credential = credential_of(request)
        key = _found(credential, key_id)
        revoke_key(pk=key.id, actor=actor_of(credential), now=timezone.now())
        return Response(status=204)


class RotateView(APIView):
    scopes: ClassVar[Mapping[str, Scope]] = {"POST": Scope.IDENTITY_MANAGE}

    @extend_schema(
        operation_id="rotate_api_key", request=KeyRotation, responses={201: NewKeyOutput}
    )
    def post(self, request: Request, key_id: str) -> Response:
        """Make a key's successor; the old one works `overlap_s` seconds more."""
        credential, now = credential_of(request), timezone.now()
        form = KeyRotation(data=request.data)
        form.is_valid(raise_exception=True)
        key = _found(credential, key_id)
        require_second_factor(credential, key.community_id)
        keep_within(
            credential,
            scopes=key.scopes,
            community_id=key.community_id,
            platform=key.platform,
            allowed_ips=key.allowed_ips,
        )
        made = rotate_key(pk=key.id, actor=actor_of(credential), now=now, **form.validated_data)
        return Response(_new_key(made, now), status=201)


def _wish(credential: Credential, data: Mapping[str, Any]) -> dict[str, Any]:
    wish = {"platform": "", "allowed_ips": [], "expires_at": None} | dict(data)
    reference = wish.pop("community", None)
    wish["community_id"] = credential.community_id
    if reference is not None:
        wish["community_id"] = _own_community(credential, reference)
    return wish


def _bounds(wish: Mapping[str, Any]) -> dict[str, Any]:
    return {name: wish[name] for name in ("scopes", "community_id", "platform", "allowed_ips")}


def _own_community(credential: Credential, reference: str) -> int:
    place = tenant(reference)
    if place is None:
        raise NotFoundError
    role = role_in(community_id=place.id, user_id=credential.user_id)
    if role is Role.NONE and not credential.is_staff:
        raise NotFoundError
    return place.id


def _found(credential: Credential, key_id: str) -> KeyInfo:
    row = keys_seen_by(credential).filter(key_id=key_id).first()
    if row is None:
        raise NotFoundError
    return as_info(row)


def _new_key(made: NewKey, now: datetime) -> dict[str, Any]:
    return _key(key_info(made.id), now) | {"key": made.full}


def _key(info: KeyInfo, now: datetime) -> dict[str, Any]:
    place = tenant_by_id(info.community_id) if info.community_id else None
    return {
        "id": info.key_id,
        "prefix": f"wb_{info.key_id}",
        "name": info.name,
        "scopes": list(info.scopes),
        "community": place.slug if place else None,
        "platform": info.platform or None,
        "allowed_ips": list(info.allowed_ips),
        "requests_per_minute": info.requests_per_minute,
        "state": info.state(now),
        "created_at": info.created_at,
        "expires_at": info.expires_at,
        "last_used_at": info.last_used_at,
        "last_used_ip": info.last_used_ip,
        "expires_soon": info.expires_soon(now),
        "revoked_at": info.revoked_at,
        "revoked_because": info.revoked_because or None,
    }
