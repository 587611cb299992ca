"""What the router does when two people become one."""

from datetime import UTC, datetime

from core_router.data import Outcome, Reason
from core_router.operations.refusals import remember_refusal
from core_router.queries.refusals import Refusal, last_refusal
from identity import api as identity
from identity.models import Community, User
from identity.operations.merging import absorb_staged


def test_a_refusal_is_explained_to_nobody_who_has_become_another(
    alice: User, rookery: Community
) -> None:
    bob = identity.resolve(
        platform="twitch", platform_user_id="42", user_name="bob", seen_in=rookery.pk
    )
    assert bob is not None
    now = datetime.now(UTC)
    refusal = Refusal("so", Outcome.DENIED, Reason("not_permitted", "No."), now, ())
    remember_refusal(
        refusal, community_id=rookery.pk, user_id=bob.id, platform="twitch", user_name="bob"
    )
    assert last_refusal(community_id=rookery.pk, user_id=bob.id) == refusal

    absorb_staged(survivor_id=alice.pk, absorbed_id=bob.id, actor="system", now=now)

    assert last_refusal(community_id=rookery.pk, user_id=bob.id) is None
