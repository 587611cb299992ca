"""Roles on a platform follow labels, group and accounts, and nothing else is touched."""

from datetime import timedelta

import pytest
from django.utils import timezone

from identity import api as identity
from identity.models import AuditEvent, Community, IdentityLink, User
from labels.models import GroupMember, RoleGrant, RoleRule
from labels.operations.roles import carry_out_due, plan_due
from labels.operations.roles.noting import note
from tests import make
from tests.labels.roles import ROLE, Stage
from tests.platforms.servers import SlackServer, TwitchServer, hangs_up, says

State = RoleGrant.State


def test_who_holds_the_label_has_the_role(stage: Stage) -> None:
    stage.join("bob")
    stage.join("carol", label="")
    stage.rule()

    stage.sync()

    assert stage.holders() == {"bob"}
    assert stage.states() == {"bob": State.GRANTED}
    assert stage.server.reasons == ["WaddleBot%3A%20vip"]


def test_the_role_goes_with_the_label_and_comes_back(stage: Stage) -> None:
    stage.join("bob")
    stage.rule()
    stage.sync()

    stage.take("bob")
    stage.sync()
    assert (stage.holders(), stage.states()) == (set(), {"bob": State.REVOKED})

    stage.give("bob")
    stage.sync()
    assert stage.holders() == {"bob"}


def test_what_was_there_before_is_never_taken(stage: Stage) -> None:
    stage.join("bob")
    stage.server.members[stage.account("bob")].add(ROLE)
    stage.rule()
    stage.sync()
    assert not RoleGrant.objects.get().given_by_us

    stage.take("bob")
    stage.sync()

    assert stage.holders() == {"bob"}
    assert not RoleGrant.objects.exists()


def test_who_leaves_the_group_loses_the_role(stage: Stage) -> None:
    bob = stage.join("bob")
    rule = stage.rule()
    stage.sync()

    GroupMember.objects.filter(user=bob).delete()
    stage.api.post(f"{stage.rules}/{rule.pk}/sync")
    stage.sync()

    assert stage.holders() == set()


def test_who_has_no_account_there_waits_until_they_have_one(stage: Stage) -> None:
    bob = stage.join("bob")
    IdentityLink.objects.filter(user=bob).delete()
    stage.rule()
    stage.sync()
    assert stage.states() == {}

    make.link(bob, "discord", stage.account("bob"))
    stage.sync()

    assert stage.holders() == {"bob"}


def test_the_role_goes_with_the_account(stage: Stage) -> None:
    bob = stage.join("bob")
    make.link(bob, "twitch", "42")
    stage.rule()
    stage.sync()

    link = IdentityLink.objects.get(user=bob, platform="discord")
    identity.unlink_account(user_id=bob.pk, link_id=link.pk, actor="system", now=timezone.now())
    stage.sync()

    assert stage.holders() == set()


def test_of_two_accounts_one_has_the_role(stage: Stage) -> None:
    bob = stage.join("bob")
    make.link(bob, "discord", "1" * 17)
    stage.rule()

    stage.sync()

    assert RoleGrant.objects.get().platform_user_id == stage.account("bob")


def test_who_was_only_seen_there_has_it_too(stage: Stage, rookery: Community) -> None:
    account = "100000000000000042"
    person = identity.resolve(
        platform="discord", platform_user_id=account, user_name="dave", seen_in=rookery.pk
    )
    assert person is not None
    stage.people["dave"] = User.objects.get(pk=person.id)
    stage.server.users[account], stage.server.members[account] = "dave", set()
    GroupMember.objects.create(group=stage.group, user_id=person.id)
    stage.give("dave")
    stage.rule()

    stage.sync()

    assert stage.holders() == {"dave"}


def test_a_label_that_ends_takes_the_role_along(stage: Stage) -> None:
    now = timezone.now()
    stage.join("bob", until=now + timedelta(minutes=10))
    rule = stage.rule()
    stage.sync()
    assert stage.holders() == {"bob"}
    rule.refresh_from_db()
    assert rule.due_at == now + timedelta(minutes=10)

    stage.sync(now + timedelta(minutes=11))

    assert stage.holders() == set()


def test_a_rule_that_is_switched_off_takes_back_what_it_gave(stage: Stage) -> None:
    stage.join("bob")
    rule = stage.rule()
    stage.sync()

    stage.api.patch(f"{stage.rules}/{rule.pk}", {"enabled": False})
    stage.sync()
    assert stage.holders() == set()

    stage.api.patch(f"{stage.rules}/{rule.pk}", {"enabled": True})
    stage.sync()
    assert stage.holders() == {"bob"}


def test_a_rule_that_is_removed_goes_when_all_is_taken_back(stage: Stage) -> None:
    stage.join("bob")
    rule = stage.rule()
    stage.sync()

    assert stage.api.delete(f"{stage.rules}/{rule.pk}").status_code == 204
    assert stage.api.get(f"{stage.rules}/{rule.pk}").status_code == 404
    stage.server.trouble = says(503)
    stage.sync()
    assert RoleRule.objects.exists()
    stage.server.trouble = None
    RoleGrant.objects.update(due_at=timezone.now())
    stage.sync()

    assert stage.holders() == set()
    assert not RoleRule.objects.exists()


def test_a_removed_rule_whose_server_is_gone_goes_all_the_same(stage: Stage) -> None:
    stage.join("bob")
    rule = stage.rule()
    stage.sync()

    stage.server.guild = "another"
    stage.api.delete(f"{stage.rules}/{rule.pk}")
    stage.sync()

    assert not RoleRule.objects.exists()


def test_what_two_rules_give_stays_while_one_of_them_wants_it(stage: Stage) -> None:
    stage.join("bob")
    stage.rule()
    stage.sync()
    stage.give("bob", "gold")
    stage.rule(label="gold")
    stage.sync()

    stage.take("bob")
    stage.sync()
    assert stage.holders() == {"bob"}

    stage.take("bob", "gold")
    stage.sync()
    assert stage.holders() == set()


def test_a_worker_that_dies_before_it_notes_leaves_a_role_that_is_ours(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    stage.join("bob")
    stage.rule()
    with monkeypatch.context() as patch:
        patch.setattr("labels.operations.roles.carrying.note", die)
        with pytest.raises(KeyboardInterrupt):
            stage.sync()
    assert (stage.holders(), stage.states()) == ({"bob"}, {"bob": State.TO_GRANT})

    stage.sync()
    assert stage.states() == {"bob": State.GRANTED}
    stage.take("bob")
    stage.sync()

    assert stage.holders() == set()


def test_an_answer_that_is_lost_leaves_a_role_that_is_ours(stage: Stage) -> None:
    stage.join("bob")
    stage.rule()
    plan_due(clock=timezone.now)
    stage.server.trouble_after = hangs_up
    carry_out_due(clock=timezone.now)
    stage.server.trouble_after = None
    assert stage.holders() == {"bob"}

    RoleGrant.objects.update(due_at=timezone.now())
    stage.sync()
    stage.take("bob")
    stage.sync()

    assert stage.holders() == set()


def test_changing_ones_mind_meanwhile_is_heard(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def take_before_noting(*args: object, **rest: object) -> object:
        stage.take("bob")
        plan_due(clock=timezone.now)
        return note(*args, **rest)  # type: ignore[arg-type]

    stage.join("bob")
    stage.rule()
    with monkeypatch.context() as patch:
        patch.setattr("labels.operations.roles.carrying.note", take_before_noting)
        stage.sync()
    stage.sync()

    assert (stage.holders(), stage.states()) == (set(), {"bob": State.REVOKED})


def test_it_is_on_the_record_by_number(stage: Stage, rookery: Community) -> None:
    bob = stage.join("bob")
    rule = stage.rule()
    stage.sync()

    event = AuditEvent.objects.filter(action="role_rule.carried_out").get()

    assert (event.community_id, event.target) == (rookery.pk, f"role_rule:{rule.pk}")
    assert (event.details["given"], event.details["taken"]) == ([bob.pk], [])


def test_twitch_follows_with_a_token_that_was_lent(stage: Stage, twitch: TwitchServer) -> None:
    bob = stage.join("bob")
    make.link(bob, "twitch", "43")
    twitch.lent["canary-lent"] = ("42", ["channel:manage:vips"])
    tokens = "/identity/v1/communities/rookery/platform-tokens"
    stage.api.post(tokens, {"platform": "twitch", "access_token": "canary-lent"})
    stage.rule(platform="twitch", server_id="alice", role="vip")

    stage.sync()
    assert twitch.roles.vips["42"] == {"43"}

    stage.take("bob")
    stage.sync()
    assert twitch.roles.vips["42"] == set()


def test_slack_follows_in_one_call_for_all(stage: Stage, slack: SlackServer) -> None:
    make.entity(stage.place, "slack", "T042")
    for name, account in (("bob", "U042"), ("carol", "U043")):
        make.link(stage.join(name), "slack", account)
    stage.rule(platform="slack", server_id="T042", role="S042")

    stage.sync()
    assert slack.members["S042"] == ["U001", "U042", "U043"]
    assert sum(each.path == "/usergroups.users.update" for each in slack.asked) == 1

    stage.take("bob")
    stage.sync()
    assert slack.members["S042"] == ["U001", "U043"]
