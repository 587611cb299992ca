"""`!why`."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from core_router.data import Reason, TraceStep
from core_router.operations.refusals import remember_refusal
from core_router.sdk import Outcome, Refusal, RefusedError, Role
from identity.data import Tenant
from identity.models import User
from tests.core_router.modules.conftest import NOW

Tell = Callable[..., str]


@pytest.fixture
def _refused(tenant: Tenant, alice: User) -> None:
    refusal = Refusal(
        command="so",
        outcome=Outcome.DENIED,
        reason=Reason("not_permitted", "!so needs the role moderator or higher."),
        at=NOW - timedelta(minutes=5),
        trace=(
            TraceStep("entity", ok=True, detail="claimed"),
            TraceStep(
                "permission",
                ok=False,
                detail="!so needs the role moderator or higher. They hold nothing.",
                remedy="the role moderator or higher",
            ),
        ),
    )
    remember_refusal(
        refusal, community_id=tenant.id, user_id=alice.pk, platform="twitch", user_name="Alice"
    )


@pytest.mark.usefixtures("_refused")
def test_it_says_what_stood_in_the_way(tell: Tell) -> None:
    assert tell("!why", role=Role.NONE) == (
        "!so was not allowed 5 min ago. !so needs the role moderator or higher."
        " It stopped at “permission”, and takes the role moderator or higher."
    )


@pytest.mark.usefixtures("_refused")
def test_a_moderator_may_ask_about_somebody(tell: Tell) -> None:
    said = tell("!why @ALICE", user=None)

    assert said == tell("!why").replace(" It stopped", " They hold nothing. It stopped")


@pytest.mark.usefixtures("_refused")
def test_nobody_else_may(tell: Tell) -> None:
    with pytest.raises(RefusedError, match="moderator"):
        tell("!why @alice", role=Role.MEMBER)


@pytest.mark.usefixtures("_refused")
def test_a_name_of_another_platform_is_somebody_else(tell: Tell) -> None:
    assert tell("!why @alice", platform="discord").startswith("Nothing of alice was refused")


@pytest.mark.parametrize("is_known", [True, False])
def test_who_was_not_refused_is_told_so(tell: Tell, alice: User, is_known: bool) -> None:  # noqa: FBT001
    said = tell("!why", user=alice if is_known else None)

    assert said == "Nothing of yours was refused in the last hour."
