"""A label is found by its id, its name, and by its name in another case when that is clear."""

from identity.models import Community
from labels.data import Kind
from labels.models import Label, LabelParent
from labels.queries.labels import find_labels, grants_of, label_named


def named(place: Community, name: str) -> Label | None:
    return label_named(community_id=place.pk, kind=Kind.USER, name=name)


def test_a_name_is_found_exactly_before_it_is_found_in_another_case(rookery: Community) -> None:
    upper = Label.objects.create(community=rookery, name="VIP")
    assert named(rookery, "vip") == upper

    lower = Label.objects.create(community=rookery, name="vip")

    assert (named(rookery, "vip"), named(rookery, "VIP")) == (lower, upper)
    assert named(rookery, "Vip") is None


def test_labels_of_another_kind_or_community_or_of_no_name_are_not_found(
    rookery: Community,
) -> None:
    module = Label.objects.create(community=rookery, name="vip", kind="module")
    system = Label.objects.create(is_system=True, name="waddlebot/star")

    assert named(rookery, "vip") is None
    others: list[int | str] = [module.pk, system.pk, "waddlebot/star", "a\0b", ""]
    assert find_labels(community_id=rookery.pk, kind=Kind.USER, references=others) == {}


def test_what_a_label_permits_counts_its_parents_that_are_there(rookery: Community) -> None:
    child, parent, gone = (
        Label.objects.create(community=rookery, name=name, grants=[f"commands:{name}"])
        for name in ("child", "parent", "gone")
    )
    plain = Label.objects.create(community=rookery, name="plain")
    LabelParent.objects.create(label=child, parent=parent)
    LabelParent.objects.create(label=parent, parent=gone)
    Label.objects.filter(pk=gone.pk).update(deleted_at=gone.created_at)

    permitted = grants_of([child.pk, plain.pk])

    assert permitted == {child.pk: {"commands:child", "commands:parent"}}
