"""Staff change labels in Django admin by the operations of everybody, and it counts at once."""

from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin
from django.db import models
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from identity.models import AuditEvent, Community, User
from labels import api as labels
from labels.models import (
    Label,
    LabelSettings,
    LabelSuppression,
    LabelVersion,
    ObjectLabel,
    UserLabel,
)
from tests import make

LABEL = {"kind": "user", "color": "#64748b", "icon": "", "description": "", "grants": ""}
NO_PARENTS = {"parent_links-TOTAL_FORMS": 0, "parent_links-INITIAL_FORMS": 0}
MODELS = [model for model in admin.site._registry if model._meta.app_label == "labels"]


@pytest.fixture
def staff(rookery: Community) -> Client:
    client = Client()
    client.force_login(make.user("staff", is_staff=True))
    return client


def post(staff: Client, page: str, *args: int, **form: Any) -> list[str]:
    """Send a form as the page would; return what staff are told."""
    path = reverse(f"admin:labels_{page}", args=args)
    told = staff.post(path, form, follow=True).context["messages"]
    return [str(message) for message in told]


def post_label(staff: Client, page: str, *args: int, **form: Any) -> list[str]:
    return post(staff, page, *args, **LABEL | NO_PARENTS | form)


def names(place: Community, person: User) -> frozenset[str]:
    return labels.names_of(community_id=place.pk, user_id=person.pk, now=timezone.now())


def test_staff_give_and_take_labels(staff: Client, rookery: Community, alice: User) -> None:
    post_label(staff, "label_add", community=rookery.pk, name="vip", grants="commands:so")
    label = Label.objects.get()
    assert label.grants == ["commands:so"]

    post(staff, "userlabel_add", label=label.pk, user=alice.pk, reason="Won a quiz.")
    held = UserLabel.objects.get()
    assert names(rookery, alice) == {"vip"}
    assert held.reason == "Won a quiz."

    post(staff, "userlabel_delete", held.pk, post="yes")
    assert names(rookery, alice) == frozenset()
    actions = AuditEvent.objects.filter(target__in=[f"user:{alice.pk}", f"label:{label.pk}"])
    assert [(each.action, each.actor[:5]) for each in actions.order_by("id")] == [
        ("label.added", "user:"),
        ("label_given", "user:"),
        ("label_taken", "user:"),
    ]


def test_other_dates_are_another_row(staff: Client, rookery: Community, alice: User) -> None:
    labels.give(community_id=rookery.pk, user_id=alice.pk, name="vip")
    held = UserLabel.objects.get()

    later = {"valid_until_0": "2100-01-01", "valid_until_1": "00:00:00"}
    post(staff, "userlabel_change", held.pk, **later)

    before, after = UserLabel.objects.order_by("pk")
    assert (before.ended_because, before.valid_until) == ("replaced", None)
    assert (after.ended_at, after.valid_until and after.valid_until.year) == (None, 2100)


def test_what_operations_refuse_is_said_on_the_page(
    staff: Client, rookery: Community, alice: User
) -> None:
    labels.give(community_id=rookery.pk, user_id=alice.pk, name="vip")
    past = {"valid_until_0": "2020-01-01", "valid_until_1": "00:00:00"}

    assert post_label(staff, "label_add", community=rookery.pk, name="waddlebot/x") == [
        "Names of the system's labels, and no others, begin with waddlebot/"
    ]
    assert post_label(staff, "label_add", community=rookery.pk, name="a", grants="x") == [
        "A permission is like commands:so, labels:assign:vip or commands:*."
    ]
    (told,) = post(staff, "userlabel_change", UserLabel.objects.get().pk, **past)
    assert "over already" in told
    assert Label.objects.count() == 1


def test_labels_staff_take_from_many_are_on_the_record(
    staff: Client, rookery: Community, alice: User
) -> None:
    labels.give(community_id=rookery.pk, user_id=alice.pk, name="vip")
    held = UserLabel.objects.get().pk

    form = {"action": "delete_selected", "_selected_action": [held], "post": "yes"}
    post(staff, "userlabel_changelist", **form)

    assert names(rookery, alice) == frozenset()
    assert AuditEvent.objects.get(action="label_taken").actor.startswith("user:")


def test_a_label_renamed_or_removed_counts_at_once(
    staff: Client, rookery: Community, alice: User
) -> None:
    labels.give(community_id=rookery.pk, user_id=alice.pk, name="vip")
    label = Label.objects.get()

    post_label(staff, "label_change", label.pk, name="star")
    assert names(rookery, alice) == {"star"}

    post(staff, "label_delete", label.pk, post="yes")
    assert names(rookery, alice) == frozenset()
    assert UserLabel.objects.get().ended_because == "label_deleted"


def test_many_labels_are_removed_together(staff: Client, rookery: Community, alice: User) -> None:
    for name in ("vip", "star"):
        labels.give(community_id=rookery.pk, user_id=alice.pk, name=name)
    both = list(Label.objects.values_list("pk", flat=True))

    form = {"action": "delete_selected", "_selected_action": both, "post": "yes"}
    post(staff, "label_changelist", **form)

    assert names(rookery, alice) == frozenset()
    assert not Label.objects.alive().exists()


def test_a_name_in_use_changes_when_staff_say_so(staff: Client, rookery: Community) -> None:
    make.command(rookery, "hug", any_label=["vip"])
    label = Label.objects.create(community=rookery, name="vip")

    (told,) = post_label(staff, "label_change", label.pk, name="star")
    assert "!hug" in told
    post_label(staff, "label_change", label.pk, name="star", confirm="on")

    label.refresh_from_db()
    assert label.name == "star"


def test_staff_make_labels_of_the_system(staff: Client) -> None:
    post_label(staff, "label_add", name="waddlebot/star")

    label = Label.objects.get()
    assert (label.is_system, label.community) == (True, None)


def test_staff_set_quotas(staff: Client, rookery: Community) -> None:
    post(staff, "labelsettings_add", community=rookery.pk, max_labels=3)
    assert LabelSettings.objects.get().max_labels == 3

    post(staff, "labelsettings_delete", rookery.pk, post="yes")

    assert LabelSettings.objects.get().max_labels is None
    assert AuditEvent.objects.filter(action="label_settings.changed").count() == 2


def test_staff_let_rules_give_a_label_again(
    staff: Client, rookery: Community, alice: User
) -> None:
    label = Label.objects.create(community=rookery, name="vip")
    row = LabelSuppression.objects.create(label=label, user=alice)

    post(staff, "labelsuppression_changelist", action="lift", _selected_action=[row.pk])

    assert not LabelSuppression.objects.exists()
    assert AuditEvent.objects.get(action="label_suppression.lifted").community_id == rookery.pk


def test_staff_take_labels_off_modules(staff: Client, rookery: Community) -> None:
    label = Label.objects.create(community=rookery, name="fun", kind="module")
    held = ObjectLabel.objects.create(
        label=label, community=rookery, kind="module", object_id="quiz"
    )

    post(staff, "objectlabel_delete", held.pk, post="yes")

    assert ObjectLabel.objects.get().ended_because == "taken"


def test_every_table_is_shown() -> None:
    shown = {
        *MODELS,
        *(each.model for model in MODELS for each in admin.site._registry[model].inlines),
    }

    # A version means nothing to people: another one is all it says.
    assert set(apps.get_app_config("labels").get_models()) - {LabelVersion} <= shown


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_every_list_opens_and_is_searched(staff: Client, model: type[models.Model]) -> None:
    path = reverse(f"admin:labels_{model._meta.model_name}_changelist")

    assert staff.get(path).status_code == 200
    assert staff.get(f"{path}?q=x").status_code == 200
