"""A view that does not say who may answers nobody."""

from typing import Any

import pytest
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.test import APIRequestFactory
from rest_framework.views import APIView

from identity.data import Scope
from identity.models import User
from tests import make


class Silent(APIView):
    """Declares nothing."""

    def get(self, request: Request, **_: Any) -> Response:
        return Response({})


class Half(Silent):
    """Declares a scope for another method than the one it answers."""

    scopes = {"POST": Scope.ROUTER_READ}


class Open(Silent):
    public = True


def ask(view: type[APIView], key: str = "") -> int:
    request = APIRequestFactory().get("/")
    request.META["HTTP_X_API_KEY"] = key or None
    return int(view.as_view()(request).status_code)


@pytest.mark.parametrize("view", [Silent, Half])
def test_what_is_not_declared_answers_nobody(alice: User, view: type[APIView]) -> None:
    assert ask(view) == 401
    assert ask(view, make.key(alice)) == 403
    assert ask(view, make.key(make.user(is_staff=True), scopes=list(Scope))) == 403


def test_what_is_public_answers_everybody(alice: User) -> None:
    assert ask(Open) == 200
