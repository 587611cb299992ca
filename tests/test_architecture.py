"""What holds for every app: keys point down, and every door asks who is there."""

import re
from datetime import timedelta

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import models
from django.test import Client
from django.utils import timezone
from rest_framework.views import APIView

from identity import api as identity
from identity.data import MIN_ROLE, Role, Scope
from identity.models import ApiKey, Community, User
from identity.registry import personal_tables
from tests import make
from tests.client import Api
from tests.routes import OF_THE_HOUSE, Operation, all_views, operations
from waddlebot.lib.cache import announce

LAYERS = ["identity", "labels", "marketplace", "browser_sources", "core_router", "portal"]
OPERATIONS = operations()
PAGES = ("admin/", "portal/", "docs", "favicon.ico", "identity/account/", "identity/auth/")

each_operation = pytest.mark.parametrize("operation", OPERATIONS, ids=str)


def answer(operation: Operation, key: str | None) -> int:
    body: dict[str, str] | None = {} if operation.method in {"POST", "PATCH", "PUT"} else None
    response = Api(key).send(operation.method, operation.address, body)
    return int(response.status_code)


def test_foreign_keys_point_down() -> None:
    upward = [
        f"{model._meta.label}.{field.name}"
        for model in apps.get_models()
        for field in model._meta.get_fields()
        if isinstance(field, models.ForeignKey)
        and model._meta.app_label in LAYERS
        and field.related_model._meta.app_label in LAYERS
        and LAYERS.index(field.related_model._meta.app_label) > LAYERS.index(model._meta.app_label)
    ]

    assert upward == []


@pytest.mark.django_db
def test_migrations_agree_with_the_models() -> None:
    call_command("makemigrations", "--check", "--dry-run")


def test_every_view_of_the_api_is_described() -> None:
    described = {re.sub(r"{\w+}", "*", operation.path) for operation in OPERATIONS}
    undescribed = [
        route
        for route, view in all_views()
        if isinstance(view, type)
        and issubclass(view, APIView)
        and not issubclass(view, OF_THE_HOUSE)
        and not getattr(view, "public", False)
        and "/" + re.sub(r"<[^>]+>", "*", route) not in described
    ]

    assert undescribed == []


def test_what_is_no_view_of_the_api_is_a_page() -> None:
    others = [
        route
        for route, view in all_views()
        if not (isinstance(view, type) and issubclass(view, APIView))
        and not route.startswith(PAGES)
        and route != ""
    ]

    assert others == []


@each_operation
def test_every_operation_names_its_scope(operation: Operation) -> None:
    assert operation.scope in set(Scope)


@pytest.mark.django_db
@each_operation
def test_nobody_may(operation: Operation, rookery: Community) -> None:
    assert answer(operation, None) == 401


@each_operation
def test_a_key_that_is_no_more_may_not(
    operation: Operation, alice: User, rookery: Community
) -> None:
    revoked, expired = make.key(alice, place=rookery), make.key(alice, place=rookery)
    ids = list(ApiKey.objects.order_by("pk").values_list("pk", flat=True))
    identity.revoke_key(pk=ids[0])
    ApiKey.objects.filter(pk=ids[1]).update(expires_at=timezone.now() - timedelta(seconds=1))
    announce("keys")

    assert answer(operation, revoked) == 401
    assert answer(operation, expired) == 401
    assert answer(operation, expired[:-1] + ("a" if expired[-1] != "a" else "b")) == 401


@each_operation
def test_a_key_without_the_scope_may_not(
    operation: Operation, alice: User, rookery: Community
) -> None:
    others = sorted(set(Scope) - {Scope.ADMIN, operation.scope})

    assert answer(operation, make.key(alice, scopes=others, place=rookery)) == 403


@pytest.mark.parametrize(
    "operation", [each for each in OPERATIONS if each.is_of_a_community], ids=str
)
def test_the_owner_of_another_community_sees_nothing(
    operation: Operation, rookery: Community
) -> None:
    stranger = make.user("stranger")
    elsewhere = make.community(owner=stranger)

    assert answer(operation, make.key(stranger, place=elsewhere)) == 404
    assert answer(operation, make.key(stranger)) == 404


@pytest.mark.parametrize("role", [Role.MEMBER, Role.MODERATOR, Role.ADMIN], ids=lambda r: r.word)
@pytest.mark.parametrize(
    "operation", [each for each in OPERATIONS if each.is_of_a_community], ids=str
)
def test_a_key_never_does_more_than_its_owner(
    operation: Operation, role: Role, rookery: Community
) -> None:
    bob = make.member(rookery, make.user("bob"), role)
    status = answer(operation, make.key(bob, place=rookery))

    if role < MIN_ROLE[Scope(str(operation.scope))]:
        assert status == 403
    else:
        assert status not in {401, 403}


@pytest.mark.parametrize(
    "operation", [each for each in OPERATIONS if each.method != "GET"], ids=str
)
def test_a_session_alone_changes_nothing(
    operation: Operation, alice: User, rookery: Community
) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(alice)

    response = browser.generic(operation.method, operation.address, b"{}", "application/json")

    assert (response.status_code, response.json()["code"]) == (403, "csrf_failed")


def test_every_column_that_names_a_person_is_registered() -> None:
    named = {
        f"{model._meta.db_table}.{field.attname}"
        for model in apps.get_models(include_auto_created=True)
        for field in model._meta.concrete_fields
        if (isinstance(field, models.ForeignKey) and field.related_model is User)
        or field.attname in {"user_id", "added_by_id", "actor_id"}
    }

    assert named <= {f"{each.table}.{each.column}" for each in personal_tables()}
