"""People, as far as the asker may know them."""

from collections.abc import Mapping
from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from identity.data import Credential, Scope
from identity.models import User
from identity.operations.access import proves_accounts
from identity.operations.reputation import catch_up
from identity.permissions import credential_of
from identity.queries import links_of, people_seen_by, person_by_public_id, places_of
from identity.serializers import MeOutput, UserOutput
from identity.serializers.lives import ErasureOutput
from identity.views.erasures import schedule_erasure
from waddlebot.lib.errors import NotFoundError


class MeView(APIView):
    scopes: ClassVar[Mapping[str, Scope]] = {
        "GET": Scope.IDENTITY_READ,
        "DELETE": Scope.IDENTITY_MANAGE,
    }

    @extend_schema(operation_id="read_me", responses=MeOutput)
    def get(self, request: Request) -> Response:
        """Who is asking, where they belong, and what they asked with."""
        credential = credential_of(request)
        user = _found(credential, pk=credential.user_id)
        return Response(
            _user(user, credential)
            | {
                "username": user.username,
                "is_staff": user.is_staff,
                "communities": places_of(user.pk, only=credential.community_id),
                "credential": {
                    "kind": credential.kind,
                    "id": credential.key_id or None,
                    "scopes": sorted(credential.scopes),
                    "community_id": credential.community_id,
                    "platform": credential.platform,
                },
            }
        )

    @extend_schema(operation_id="erase_me", request=None, responses={202: ErasureOutput})
    def delete(self, request: Request) -> Response:
        """Have the account erased in 7 days (`ERASURE_DAYS`); until then one may cancel."""
        return schedule_erasure(request)


class UserView(APIView):
    scopes: ClassVar[Mapping[str, Scope]] = {"GET": Scope.IDENTITY_READ}

    @extend_schema(operation_id="read_user", responses=UserOutput)
    def get(self, request: Request, user: str) -> Response:
        """Somebody who shares a community with the asker.

        Which accounts they have proven, only they, staff and keys with `identity:verify` are told.
        """
        credential = credential_of(request)
        person = person_by_public_id(user)
        return Response(_user(_found(credential, pk=person.id if person else None), credential))


class AccountView(APIView):
    scopes: ClassVar[Mapping[str, Scope]] = {"GET": Scope.IDENTITY_READ}

    @extend_schema(operation_id="read_user_of_account", responses=UserOutput)
    def get(self, request: Request, platform: str, platform_user_id: str) -> Response:
        """The person behind a platform account. Of others of theirs, see `read_user`."""
        credential = credential_of(request)
        account = {
            "identitylink__platform": platform,
            "identitylink__platform_user_id": platform_user_id,
        }
        try:
            user = _found(credential, **account)
        except NotFoundError:
            if not (credential.community_id and catch_up(credential.community_id)):
                raise
            user = _found(credential, **account)
        return Response(_user(user, credential, named=(platform, platform_user_id)))


def _found(credential: Credential, **which: Any) -> User:
    user = people_seen_by(credential).filter(**which).first()
    if user is None:
        raise NotFoundError
    return user


def _user(
    user: User, credential: Credential, *, named: tuple[str, str] = ("", "")
) -> dict[str, Any]:
    # Anybody may found a community and say that somebody was seen there: that must not tell
    # them who the same person is elsewhere.
    sees_all = user.pk == credential.user_id or proves_accounts(credential)
    facts = {
        "id": user.public_id,
        "name": str(user),
        "is_staged": user.is_staged,
        "created_at": user.date_joined,
        "accounts": [
            {
                "platform": link.platform,
                "platform_user_id": link.platform_user_id,
                "platform_username": link.platform_username,
                "display_name": link.display_name,
                "is_verified": link.verified_at is not None,
            }
            for link in links_of(user.pk)
            if sees_all
            or link.verified_at is None
            or (link.platform, link.platform_user_id) == named
        ],
    }
    if user.pk == credential.user_id or (credential.is_staff and Scope.ADMIN in credential.scopes):
        facts["email"] = user.email
    return facts
