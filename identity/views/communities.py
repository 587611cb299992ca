"""Communities and their members."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from identity.data import Credential, Role, Scope
from identity.models import Community, Membership
from identity.operations import actor_of, change_community, create_community, set_role
from identity.operations.communities import check_mfa_rule
from identity.permissions import credential_of, tenant_of
from identity.queries import (
    communities_seen_by,
    community_row,
    member_by_public_id,
    members_of,
    role_in,
    roles_of,
)
from identity.serializers import (
    CommunityChange,
    CommunityInput,
    CommunityOutput,
    MemberOutput,
    RoleInput,
)
from waddlebot.lib.errors import ForbiddenError, NotFoundError
from waddlebot.lib.pagination import CursorPages


class CommunitiesView(APIView):
    pagination_class = CursorPages
    scopes: ClassVar[Mapping[str, Scope]] = {
        "GET": Scope.IDENTITY_READ,
        "POST": Scope.COMMUNITY_MANAGE,
    }

    @extend_schema(operation_id="list_communities", responses=CommunityOutput(many=True))
    def get(self, request: Request) -> Response:
        """The communities this credential belongs to; for staff, all."""
        credential = credential_of(request)
        pages = CursorPages()
        rows = pages.of(communities_seen_by(credential), request)
        roles = roles_of(credential.user_id)
        listed = [_community(row, roles.get(row.pk, Role.NONE)) for row in rows]
        return pages.get_paginated_response(listed)

    @extend_schema(
        operation_id="create_community", request=CommunityInput, responses={201: CommunityOutput}
    )
    def post(self, request: Request) -> Response:
        """Make a community; whoever makes it owns it."""
        credential = credential_of(request)
        if credential.community_id is not None:
            raise ForbiddenError("This key is bound to a community.")
        form = CommunityInput(data=request.data)
        form.is_valid(raise_exception=True)
        place = create_community(
            **form.validated_data,
            owner_id=credential.user_id,
            actor=actor_of(credential),
            now=timezone.now(),
        )
        return Response(_community(community_row(place.id), Role.OWNER), status=201)


class CommunityView(APIView):
    scopes: ClassVar[Mapping[str, Scope]] = {
        "GET": Scope.IDENTITY_READ,
        "PATCH": Scope.COMMUNITY_MANAGE,
    }

    @extend_schema(operation_id="read_community", responses=CommunityOutput)
    def get(self, request: Request, community: str) -> Response:
        return Response(_here(tenant_of(request).id, credential_of(request)))

    @extend_schema(
        operation_id="change_community", request=CommunityChange, responses=CommunityOutput
    )
    def patch(self, request: Request, community: str) -> Response:
        place, credential = tenant_of(request), credential_of(request)
        form = CommunityChange(data=request.data, partial=True)
        form.is_valid(raise_exception=True)
        if (wanted := form.validated_data.get("require_owner_mfa")) is not None:
            check_mfa_rule(
                community_id=place.id,
                user_id=credential.user_id,
                by=role_of(credential, place.id),
                wanted=wanted,
            )
        change_community(
            community_id=place.id,
            changes=form.validated_data,
            actor=actor_of(credential),
            now=timezone.now(),
        )
        return Response(_here(place.id, credential))


class MembersView(APIView):
    pagination_class = CursorPages
    scopes: ClassVar[Mapping[str, Scope]] = {"GET": Scope.IDENTITY_READ}

    @extend_schema(operation_id="list_members", responses=MemberOutput(many=True))
    def get(self, request: Request, community: str) -> Response:
        pages = CursorPages()
        rows = pages.of(members_of(tenant_of(request).id), request)
        return pages.get_paginated_response([_member(row) for row in rows])


class MemberView(APIView):
    scopes: ClassVar[Mapping[str, Scope]] = {"PATCH": Scope.COMMUNITY_MANAGE}

    @extend_schema(operation_id="change_role", request=RoleInput, responses=MemberOutput)
    def patch(self, request: Request, community: str, user: str) -> Response:
        """Only an owner makes or unmakes owners, and the last one stays (409 `last_owner`)."""
        place, credential = tenant_of(request), credential_of(request)
        form = RoleInput(data=request.data)
        form.is_valid(raise_exception=True)
        set_role(
            community_id=place.id,
            user_id=_found(place.id, user).user_id,
            role=Role[form.validated_data["role"].upper()],
            by=role_of(credential, place.id),
            actor=actor_of(credential),
            now=timezone.now(),
        )
        return Response(_member(_found(place.id, user)))


def role_of(credential: Credential, community_id: int) -> Role:
    if credential.is_staff:
        return Role.OWNER
    return role_in(community_id=community_id, user_id=credential.user_id)


def _found(community_id: int, public_id: str) -> Membership:
    member = member_by_public_id(community_id=community_id, public_id=public_id)
    if member is None:
        raise NotFoundError
    return member


def _here(community_id: int, credential: Credential) -> dict[str, Any]:
    role = role_in(community_id=community_id, user_id=credential.user_id)
    return _community(community_row(community_id), role)


def _community(row: Community, role: Role) -> dict[str, Any]:
    return {
        "id": row.pk,
        "slug": row.slug,
        "name": row.name,
        "description": row.description,
        "require_owner_mfa": row.require_owner_mfa,
        "role": role.word,
        "created_at": row.created_at,
    }


def _member(row: Membership) -> dict[str, Any]:
    return {
        "user": {"id": row.user.public_id, "name": str(row.user)},
        "role": Role(row.role).word,
        "joined_at": row.joined_at,
        "reputation": row.reputation,
    }
