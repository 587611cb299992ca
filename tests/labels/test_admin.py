"""Staff give labels in Django admin, and they count at once."""

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from identity.models import AuditEvent, Community, User
from labels import api as labels
from labels.models import Label, UserLabel
from tests import make


@pytest.fixture
def staff(rookery: Community) -> Client:
    client = Client()
    client.force_login(make.user("staff", is_staff=True))
    return client


def names(place: Community, person: User) -> frozenset[str]:
    return labels.names_of(community_id=place.pk, user_id=person.pk, now=timezone.now())


def test_staff_give_and_take_labels(staff: Client, rookery: Community, alice: User) -> None:
    assert names(rookery, alice) == frozenset()
    staff.post(reverse("admin:labels_label_add"), {"community": rookery.pk, "name": "vip"})
    given = {"label": Label.objects.get().pk, "user": alice.pk}
    staff.post(reverse("admin:labels_userlabel_add"), given)
    assert names(rookery, alice) == {"vip"}

    held = UserLabel.objects.get().pk
    path = reverse("admin:labels_userlabel_change", args=[held])
    refused = staff.post(path, {"valid_until_0": "2020-01-01", "valid_until_1": "00:00:00"})
    assert refused.status_code == 400
    assert names(rookery, alice) == {"vip"}

    held = UserLabel.objects.get(ended_at=None).pk
    path = reverse("admin:labels_userlabel_delete", args=[held])
    staff.post(path, {"post": "yes"})
    assert not UserLabel.objects.filter(ended_at=None).exists()


def test_labels_staff_take_from_many_are_on_the_record(
    staff: Client, rookery: Community, alice: User
) -> None:
    labels.give(community_id=rookery.pk, user_id=alice.pk, name="vip")
    held = UserLabel.objects.get().pk

    form = {"action": "delete_selected", "_selected_action": [held], "post": "yes"}
    staff.post(reverse("admin:labels_userlabel_changelist"), form)

    assert names(rookery, alice) == frozenset()
    assert AuditEvent.objects.get(action="label_taken").actor.startswith("user:")


def test_a_label_staff_remove_counts_at_once(
    staff: Client, rookery: Community, alice: User
) -> None:
    labels.give(community_id=rookery.pk, user_id=alice.pk, name="vip")
    assert names(rookery, alice) == {"vip"}

    staff.post(
        reverse("admin:labels_label_delete", args=[Label.objects.get().pk]), {"post": "yes"}
    )

    assert names(rookery, alice) == frozenset()


def test_a_label_renamed_or_removed_counts_at_once(
    staff: Client, rookery: Community, alice: User
) -> None:
    labels.give(community_id=rookery.pk, user_id=alice.pk, name="vip")
    label = Label.objects.get()
    path = reverse("admin:labels_label_change", args=[label.pk])
    staff.post(path, {"community": rookery.pk, "name": "star"})
    assert names(rookery, alice) == {"star"}

    form = {"action": "delete_selected", "_selected_action": [label.pk], "post": "yes"}
    staff.post(reverse("admin:labels_label_changelist"), form)
    assert names(rookery, alice) == frozenset()


@pytest.mark.parametrize("model", ["label", "userlabel"])
def test_the_lists_open(staff: Client, model: str) -> None:
    assert staff.get(reverse(f"admin:labels_{model}_changelist") + "?q=x").status_code == 200
