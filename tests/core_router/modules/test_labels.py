"""`!label` and `!labels`."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest

from core_router.sdk import Role
from identity.data import Person, Tenant
from identity.models import AuditEvent, Community, IdentityLink, User
from labels import api as labels
from labels.data import Giver, Kind, Pin
from labels.models import GroupMember, Label, LabelParent, LabelSuppression, UserLabel
from labels.operations.assigning import assign
from labels.operations.groups import GroupWish, add_group
from tests import make
from tests.core_router.modules.conftest import NOW, Ask
from tests.labels.people import seen
from waddlebot.lib.errors import DomainError

Tell = Callable[..., str]


@pytest.fixture
def bob(rookery: Community) -> Person:
    return seen(rookery, "bob", account="77")


@pytest.fixture
def vip(rookery: Community) -> Label:
    return Label.objects.create(community=rookery, name="vip", description="Came often.")


def refusal(tell: Tell, line: str, **rest: object) -> str:
    with pytest.raises(DomainError) as refused:
        tell(line, **rest)
    return refused.value.detail


def held() -> dict[str, int]:
    return dict(UserLabel.objects.filter(ended_at=None).values_list("label__name", "user_id"))


@pytest.mark.parametrize(
    "whom", ["@bob", "bob", "@BOB", "twitch:77", "<@77>", "<@!77>", "<@77|b>"]
)
def test_a_label_is_given_and_taken(tell: Tell, bob: Person, vip: Label, whom: str) -> None:
    assert tell(f"!label add {whom} VIP") == "bob has vip now."
    assert tell(f"!label add {whom} vip") == "bob has vip already."
    assert held() == {"vip": bob.id}

    assert tell(f"!label remove {whom} vip") == "bob has vip no more."
    assert tell(f"!label remove {whom} vip") == "bob does not have vip."
    assert held() == {}


def test_a_public_id_means_somebody_too(tell: Tell, bob: Person, vip: Label) -> None:
    assert tell(f"!label add {bob.public_id} vip") == "bob has vip now."


@pytest.mark.parametrize(
    ("typed", "lasts", "said"),
    [
        ("1s", timedelta(seconds=1), "Mon 23 Nov 10:00 UTC"),
        ("30m", timedelta(minutes=30), "Mon 23 Nov 10:30 UTC"),
        ("12H", timedelta(hours=12), "Mon 23 Nov 22:00 UTC"),
        ("7d", timedelta(days=7), "Mon 30 Nov 10:00 UTC"),
        ("4w", timedelta(weeks=4), "Mon 21 Dec 10:00 UTC"),
    ],
)
def test_it_is_given_for_as_long_as_is_said(
    tell: Tell, bob: Person, vip: Label, typed: str, lasts: timedelta, said: str
) -> None:
    assert tell(f"!label add @bob vip {typed} because helpful") == f"bob has vip now until {said}."

    row = UserLabel.objects.get()
    assert (row.valid_until, row.reason) == (NOW + lasts, "because helpful")


def test_without_a_time_the_rest_is_the_reason(
    tell: Tell, bob: Person, vip: Label, alice: User
) -> None:
    tell('!label add @bob vip "7 days" of help')

    row = UserLabel.objects.get()
    assert (row.valid_until, row.reason) == (None, "7 days of help")
    assert (row.given_by, row.given_at) == (f"user:{alice.pk}", NOW)


@pytest.mark.parametrize("typed", ["0d", "999999w", "3654d"])
def test_no_label_is_given_for_a_time_that_makes_no_sense(
    tell: Tell, bob: Person, vip: Label, typed: str
) -> None:
    assert "up to ten years" in refusal(tell, f"!label add @bob vip {typed}")


def test_one_that_excludes_another_says_so(tell: Tell, bob: Person, rookery: Community) -> None:
    for name in ("tier/gold", "tier/silver"):
        Label.objects.create(community=rookery, name=name, exclusive=True)
    tell("!label add @bob tier/silver")

    assert tell("!label add @bob tier/gold") == "bob has tier/gold now instead of tier/silver."
    assert held() == {"tier/gold": bob.id}


def test_what_was_taken_in_chat_no_rule_gives_back(tell: Tell, bob: Person, vip: Label) -> None:
    tell("!label add @bob vip")
    tell("!label remove @bob vip")

    assert LabelSuppression.objects.get().user_id == bob.id


def test_who_is_not_known_here_gets_no_label(
    tell: Tell, vip: Label, bob: Person, rookery: Community
) -> None:
    elsewhere = make.community(owner=make.user("carol"))
    stranger = seen(elsewhere, "eve", account="9")

    for typed in ("@eve", "twitch:9", stranger.public_id, "discord:77"):
        assert "has been seen here" in refusal(tell, f"!label add {typed} vip")
    assert "has been seen here" in refusal(tell, "!label add @bob vip", platform="discord")


def test_a_name_that_several_have_is_asked_back(
    tell: Tell, rookery: Community, bob: Person, vip: Label
) -> None:
    other = seen(rookery, "bob", account="78")

    asked = refusal(tell, "!label add @bob vip")
    assert asked.startswith("Several go by bob here: say twitch:7")
    assert "twitch:78" in asked

    tell("!label add twitch:78 vip")
    assert held() == {"vip": other.id}


def test_admins_make_a_label_by_giving_it(tell: Tell, bob: Person) -> None:
    said = tell("!label add @bob regular 7d", role=Role.ADMIN)

    assert said == "regular is a new label. bob has regular now until Mon 30 Nov 10:00 UTC."
    assert held() == {"regular": bob.id}
    assert AuditEvent.objects.filter(action="label.added").count() == 1


def test_others_are_told_who_could_make_it(tell: Tell, bob: Person) -> None:
    refused = refusal(tell, "!label add @bob regular")

    assert refused.startswith("There is no label regular here. To make it, labels:manage needs")
    assert "admin" in refused
    assert not Label.objects.exists()


def test_nothing_is_made_for_somebody_who_is_not_there(tell: Tell, rookery: Community) -> None:
    refusal(tell, "!label add @nobody regular", role=Role.ADMIN)

    assert not Label.objects.exists()


@pytest.mark.parametrize("name", ["waddlebot/star", "a:b", "/x", "x" * 51])
def test_what_no_label_is_called_is_refused(tell: Tell, bob: Person, name: str) -> None:
    assert refusal(tell, f"!label add @bob {name}", role=Role.ADMIN)
    assert not Label.objects.exists()


def test_a_label_is_made_without_giving_it(tell: Tell, rookery: Community) -> None:
    said = tell("!label create regular Who comes often.", role=Role.ADMIN)

    assert said == "regular is a new label. Give it with !label add <@user> regular"
    assert Label.objects.get().description == "Who comes often."
    assert "already" in refusal(tell, "!label create Regular", role=Role.ADMIN)
    assert "200 characters" in refusal(tell, f"!label create b {'x' * 201}", role=Role.ADMIN)


def test_a_label_that_permits_something_is_given_by_admins(
    tell: Tell, bob: Person, vip: Label
) -> None:
    Label.objects.update(grants=["commands:so"])

    refused = refusal(tell, "!label add @bob vip")
    assert refused.startswith("vip is not yours to give or take: labels:assign:vip needs")
    assert "admin" in refused
    assert tell("!label add @bob vip", role=Role.ADMIN) == "bob has vip now."
    assert refusal(tell, "!label remove @bob vip")


def test_viewers_give_nothing_and_are_told_what_would_let_them(
    tell: Tell, bob: Person, vip: Label, rookery: Community
) -> None:
    Label.objects.create(community=rookery, name="helper", grants=["labels:assign"])

    refused = refusal(tell, "!label add @bob vip", role=Role.MEMBER)

    assert "the role moderator or higher" in refused
    assert "helper, which grants it, may be given by an admin" in refused


def test_a_label_lets_its_holder_give_another(
    tell: Tell, ask: Ask, tenant: Tenant, bob: Person, vip: Label, rookery: Community
) -> None:
    Label.objects.update(grants=["commands:so"])
    helper = Label.objects.create(community=rookery, name="helper", grants=["labels:assign:vip"])
    give(helper, bob.id)
    carol = seen(rookery, "carol")

    said = ask("labels", "!label add @carol vip", user=User.objects.get(pk=bob.id), role=Role.NONE)

    assert said.text == "carol has vip now."
    assert held()["vip"] == carol.id


def test_a_label_of_the_system_is_given_by_staff(tell: Tell, bob: Person) -> None:
    Label.objects.create(name="waddlebot/star", is_system=True)

    refused = refusal(tell, "!label add @bob waddlebot/star", role=Role.OWNER)

    assert "WaddleBot's staff" in refused


def give(label: Label, user_id: int, **rest: object) -> None:
    assign(
        community_id=label.community_id,
        kind=Kind.USER,
        pins=[Pin(label.pk, user_id, **rest)],  # type: ignore[arg-type]
        giver=Giver("system"),
        now=NOW,
    )


def test_people_see_what_they_hold_and_how(
    tell: Tell, alice: User, vip: Label, rookery: Community
) -> None:
    assert tell("!labels") == "Alice holds no labels here."
    give(vip, alice.pk, valid_until=NOW + timedelta(days=7))
    lend(rookery, alice, "shows", "backstage")

    said = tell("!labels", role=Role.NONE)

    assert said == "Alice: backstage by the group shows, vip until Mon 30 Nov 10:00 UTC"


def lend(place: Community, person: User, group: str, name: str) -> Label:
    """Let somebody hold a label by a group."""
    row = add_group(community_id=place.pk, wish=GroupWish(group), actor="system", now=NOW)
    label = Label.objects.create(community=place, name=name, kind="entity_group")
    assign(
        community_id=place.pk,
        kind=Kind.ENTITY_GROUP,
        pins=[Pin(label.pk, str(row.pk))],
        giver=Giver("system"),
        now=NOW,
    )
    GroupMember.objects.create(group=row, user=person)
    return label


def test_members_see_what_others_hold(tell: Tell, bob: Person, vip: Label) -> None:
    give(vip, bob.id)

    assert tell("!labels @bob", role=Role.MEMBER) == "bob: vip"
    refused = refusal(tell, "!labels @bob", role=Role.NONE)
    assert refused.startswith("labels:see needs the role member or higher.")


def test_what_was_not_given_is_not_taken_and_is_explained(
    tell: Tell, bob: Person, vip: Label, rookery: Community
) -> None:
    gold = Label.objects.create(community=rookery, name="gold")
    LabelParent.objects.create(label=gold, parent=vip)
    give(gold, bob.id)

    said = tell("!label remove @bob vip")

    assert said == "bob was not given vip and has it still by gold."


def test_who_holds_a_label_is_told_by_name_and_number(
    tell: Tell, rookery: Community, vip: Label, alice: User
) -> None:
    assert tell("!label who vip") == "vip: nobody."
    for number in range(12):
        give(vip, seen(rookery, f"p{number}").id)
    give(vip, alice.pk, valid_until=NOW + timedelta(days=1))
    UserLabel.objects.filter(user=alice).update(valid_until=NOW)

    said = tell("!label who vip")

    assert said == "vip: p0, p1, p2, p3, p4, p5, p6, p7, p8, p9 and 2 more."
    assert refusal(tell, "!label who vip", role=Role.NONE).startswith("labels:see needs")


def test_who_holds_it_by_other_means_is_told_too(
    tell: Tell, rookery: Community, vip: Label, alice: User
) -> None:
    gold = Label.objects.create(community=rookery, name="gold")
    LabelParent.objects.create(label=gold, parent=vip)
    lend(rookery, alice, "shows", "vip")

    assert tell("!label who vip") == "vip: whoever is in the group shows; whoever holds gold."


def test_a_label_is_explained(tell: Tell, rookery: Community, vip: Label) -> None:
    Label.objects.update(grants=["commands:so", "queue:skip"])
    gold = Label.objects.create(community=rookery, name="tier/gold", exclusive=True)
    Label.objects.create(community=rookery, name="tier/silver", exclusive=True)
    LabelParent.objects.create(label=gold, parent=vip)

    assert tell("!label info vip") == "vip: Came often. It permits commands:so, queue:skip."
    assert tell("!label info tier/gold") == (
        "tier/gold. It permits commands:so, queue:skip. It implies vip. It replaces tier/silver."
    )
    assert refusal(tell, "!label info nope") == "There is no label nope here."


@pytest.mark.parametrize("line", ["!label add @bob", "!label remove @bob", "!label fly me to"])
def test_who_types_it_wrong_is_told_how(tell: Tell, bob: Person, line: str) -> None:
    assert refusal(tell, line).startswith("Usage: !label")


def test_a_name_pings_nobody(tell: Tell, rookery: Community, vip: Label) -> None:
    person = seen(rookery, "everyone", account="5")
    IdentityLink.objects.filter(user_id=person.id).update(display_name="@everyone")

    said = tell("!label add twitch:5 vip")

    assert re.sub("\u200b", "", said) == "@everyone has vip now."
    assert "@everyone" not in said
    assert labels.names_of(community_id=rookery.pk, user_id=person.id, now=NOW) == {"vip"}
