"""Staff say how many labels a community may have."""

import pytest

from identity.data import Scope
from identity.models import AuditEvent, Community, User
from tests import make
from tests.client import Api

SETTINGS = "/labels/v1/settings"


@pytest.fixture
def staff(rookery: Community) -> Api:
    return Api(make.key(make.user("staff", is_staff=True), scopes=list(Scope)))


def test_a_community_has_the_usual_numbers_until_staff_set_others(api: Api, staff: Api) -> None:
    usual = {"community": "rookery", "max_labels": 100, "max_per_object": 50, "labels": 0}
    assert api.get(SETTINGS).json() == usual

    changed = staff.patch(SETTINGS, {"community": "rookery", "max_labels": 3})

    assert changed.json() == usual | {"max_labels": 3}
    event = AuditEvent.objects.get(action="label_settings.changed")
    assert (event.details["before"]["max_labels"], event.details["after"]["max_labels"]) == (
        None,
        3,
    )
    again = staff.patch(f"{SETTINGS}?community=rookery", {"max_labels": None})
    assert again.json() == usual


def test_nobody_else_sets_them(api: Api, alice: User, rookery: Community) -> None:
    assert api.patch(SETTINGS, {"max_labels": 3}).status_code == 403
    everything = Api(make.key(alice, scopes=list(Scope), place=rookery))
    assert everything.patch(SETTINGS, {"max_labels": 3}).status_code == 403


@pytest.mark.parametrize("wrong", [-1, "5", 10**7, True, 1.5])
def test_a_number_that_is_none_is_refused(staff: Api, wrong: object) -> None:
    answer = staff.patch(SETTINGS, {"community": "rookery", "max_labels": wrong})

    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (400, "#/max_labels")
