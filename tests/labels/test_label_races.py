"""What two do to labels at the same moment."""

from typing import Any

import pytest

from identity.models import Community, User
from labels import api as labels
from labels.models import Label, LabelSettings, UserLabel
from tests.client import Api
from tests.identity.parallel import at_once

LABELS = "/labels/v1/labels"
pytestmark = pytest.mark.django_db(transaction=True)


def statuses(*answers: Any) -> list[int]:
    return sorted(answer.status_code for answer in answers)


def test_of_many_who_make_a_label_of_one_name_one_does(api: Api, rookery: Community) -> None:
    make_it = lambda: Api(api.key).post(LABELS, {"name": "vip", "kind": "user"})  # noqa: E731

    answers = at_once(*[make_it] * 4)

    assert statuses(*answers) == [201, 409, 409, 409]


def test_of_many_who_make_the_last_label_that_may_be_one_does(
    api: Api, rookery: Community
) -> None:
    LabelSettings.objects.create(community=rookery, max_labels=1)

    answers = at_once(
        *(
            lambda name=name: Api(api.key).post(LABELS, {"name": name, "kind": "user"})
            for name in "abcd"
        )
    )

    assert statuses(*answers) == [201, 409, 409, 409]


def test_a_label_given_while_it_is_removed_is_held_by_nobody(
    api: Api, rookery: Community, alice: User
) -> None:
    path = f"{LABELS}/{api.post(LABELS, {'name': 'vip', 'kind': 'user'}).json()['id']}"
    give = {"label": "vip", "kind": "user", "object_id": alice.public_id}

    removed, given = at_once(
        lambda: api.delete(f"{path}?confirm=vip"),
        lambda: Api(api.key).post("/labels/v1/assignments", give),
    )

    assert (removed.status_code, given.status_code) in {(204, 201), (204, 404)}
    assert not UserLabel.objects.filter(ended_at=None).exists()


def test_two_that_become_exclusive_at_once_leave_everybody_one(
    api: Api, rookery: Community, alice: User
) -> None:
    paths = []
    for name in ("tier/gold", "tier/silver"):
        made = api.post(LABELS, {"name": name, "kind": "user"}).json()
        paths.append(f"{LABELS}/{made['id']}?confirm={name}")
        labels.give(community_id=rookery.pk, user_id=alice.pk, name=name)

    answers = at_once(
        *(lambda path=path: Api(api.key).patch(path, {"exclusive": True}) for path in paths)
    )

    assert statuses(*answers) == [200, 200]
    assert Label.objects.filter(exclusive=True).count() == 2
    assert UserLabel.objects.get(ended_at=None).label.name == "tier/silver"
