"""Django admin: every page opens, and none shows a secret."""

import pytest
from django.contrib import admin
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from identity import api as identity
from identity.models import (
    ApiKey,
    AuditEvent,
    Community,
    LentToken,
    Membership,
    User,
    VerificationCode,
)
from identity.operations.erasing import request_erasure
from identity.operations.exporting import request_export
from tests import make

MODELS = sorted(
    model._meta.model_name or ""
    for model in admin.site._registry
    if model._meta.app_label in {"identity"}
)


@pytest.fixture
def staff(rookery: Community) -> Client:
    client = Client()
    client.force_login(make.user("staff", is_staff=True, password="correct horse"))
    make.key(User.objects.get(username="alice"), place=rookery)
    identity.login_link(user_id=User.objects.get(username="alice").pk)
    identity.resolve(platform="twitch", platform_user_id="42", user_name="bob")
    leaving = make.user("leaving").pk
    LentToken.objects.create(community=rookery, platform="twitch", sealed=b"canary")
    request_export(user_id=leaving, actor="system", now=timezone.now())
    request_erasure(user_id=leaving, actor="system", now=timezone.now())
    return client


@pytest.mark.parametrize("model", MODELS)
def test_every_list_and_every_row_opens(staff: Client, model: str) -> None:
    listed = staff.get(reverse(f"admin:identity_{model}_changelist") + "?q=x")
    row = admin.site._registry[
        next(each for each in admin.site._registry if each._meta.model_name == model)
    ].model._default_manager.first()
    assert row is not None

    opened = staff.get(reverse(f"admin:identity_{model}_change", args=[row.pk]))

    assert (listed.status_code, opened.status_code) == (200, 200)


def test_no_page_shows_a_hash(staff: Client) -> None:
    user, key = User.objects.get(username="staff"), ApiKey.objects.get()
    code, token = VerificationCode.objects.get(), LentToken.objects.get()
    pages = [
        staff.get(reverse("admin:identity_user_change", args=[user.pk])),
        staff.get(reverse("admin:identity_apikey_change", args=[key.pk])),
        staff.get(reverse("admin:identity_verificationcode_change", args=[code.pk])),
        staff.get(reverse("admin:identity_lenttoken_change", args=[token.pk])),
    ]

    shown = "".join(page.content.decode() for page in pages)
    assert user.password.split("$")[-1][:6] not in shown
    assert "sha256" not in shown
    assert "canary" not in shown
    assert "code_hash" not in shown


@pytest.mark.parametrize("action", ["add", "delete"])
def test_the_log_is_only_to_be_read(staff: Client, action: str) -> None:
    event = AuditEvent.objects.first()
    assert event is not None
    arguments = [event.pk] if action == "delete" else []

    answer = staff.post(reverse(f"admin:identity_auditevent_{action}", args=arguments))

    assert answer.status_code == 403


def test_staff_revoke_keys(staff: Client) -> None:
    key = ApiKey.objects.get()
    form = {"action": "revoke", "_selected_action": [key.pk]}

    for _ in range(2):
        staff.post(reverse("admin:identity_apikey_changelist"), form)

    key.refresh_from_db()
    assert key.revoked_at is not None
    assert AuditEvent.objects.filter(action="key_revoked").count() == 1


def test_a_key_may_be_allowed_more_requests(staff: Client) -> None:
    key = ApiKey.objects.get()

    staff.post(reverse("admin:identity_apikey_change", args=[key.pk]), {"requests_per_minute": 9})

    key.refresh_from_db()
    assert key.requests_per_minute == 9


def test_staff_make_staff(staff: Client, alice: User) -> None:
    path = reverse("admin:identity_user_change", args=[alice.pk])
    form = {"username": "alice", "is_active": "on", "is_staff": "on", "display_name": "Alice"}

    assert staff.post(path, form).status_code == 302

    alice.refresh_from_db()
    assert alice.is_staff


def test_staff_add_somebody_with_a_password(staff: Client) -> None:
    form = {
        "username": "carol",
        "password1": "a long enough one",
        "password2": "a long enough one",
        "usable_password": "true",
    }

    assert staff.post(reverse("admin:identity_user_add"), form).status_code == 302
    assert User.objects.get(username="carol").check_password("a long enough one")


def test_staff_make_and_rename_communities_on_the_record(staff: Client) -> None:
    staff.post(reverse("admin:identity_community_add"), {"name": "Colony", "slug": "colony"})
    colony = Community.objects.get(slug="colony")
    path = reverse("admin:identity_community_change", args=[colony.pk])
    staff.post(path, {"name": "The Colony", "slug": "colony", "description": ""})

    colony.refresh_from_db()
    assert colony.name == "The Colony"
    actions = AuditEvent.objects.filter(community_id=colony.pk).order_by("id")
    assert [event.action for event in actions] == ["community_created", "community_changed"]


def test_staff_cannot_remove_the_last_owner(staff: Client, rookery: Community) -> None:
    membership = Membership.objects.get(community=rookery)
    path = reverse("admin:identity_membership_delete", args=[membership.pk])

    answer = staff.post(path, {"post": "yes"})

    assert Membership.objects.filter(pk=membership.pk).exists()
    told = [str(message) for message in get_messages(answer.wsgi_request)]
    assert any("needs an owner" in each for each in told)


def test_staff_let_many_go_at_once(staff: Client, rookery: Community) -> None:
    bob = make.member(rookery, make.user("bob"))
    rows = Membership.objects.of_members().filter(user=bob)
    form = {"action": "delete_selected", "_selected_action": [rows.get().pk], "post": "yes"}

    staff.post(reverse("admin:identity_membership_changelist"), form)

    assert not rows.exists()


def test_staff_give_roles(staff: Client, rookery: Community) -> None:
    bob = make.user("bob")
    form = {"community": rookery.pk, "user": bob.pk, "role": 2}
    staff.post(reverse("admin:identity_membership_add"), form)
    membership = Membership.objects.get(user=bob)
    staff.post(reverse("admin:identity_membership_change", args=[membership.pk]), {"role": 3})

    membership.refresh_from_db()
    assert membership.role == 3
    assert AuditEvent.objects.filter(action="role_changed", actor__startswith="user:").count() == 2
