"""Whose channel is it, and may this credential speak for it?"""

from core_router.data import EntityRef, Outcome
from core_router.pipeline.claiming import claimed_by_code
from core_router.pipeline.context import Context, Verdict
from core_router.queries.entities import entity_of_event as find
from identity import api as identity
from identity.data import Credential
from waddlebot.lib.errors import ForbiddenError, NotFoundError

UNKNOWN = Verdict(
    Outcome.UNKNOWN_ENTITY,
    remedy="a community that has claimed this entity, and a key that may speak for it",
)


def entity(context: Context) -> Verdict | None:
    key = context.event.entity
    found = find(key)
    code_of = claimed_by_code(context, found)
    if code_of is not None:
        context.detail = "its code was typed"
        context.community = identity.tenant_by_id(code_of)
        return None if context.community else UNKNOWN
    if found is None or not speaks_for(context.credential, found):
        # Another community's looks like nobody's.
        context.detail = f"{key} is not known to this key"
        return UNKNOWN
    context.detail = "claimed"
    context.community = identity.tenant_by_id(found.community_id)
    return None if context.community else UNKNOWN


def speaks_for(credential: Credential, found: EntityRef) -> bool:
    """A community's key speaks for its entities; a shared collector only for proven ones."""
    if credential.community_id is None:
        return found.is_proven
    return found.community_id == credential.community_id


def entity_spoken_for(credential: Credential, key: str) -> EntityRef:
    """Return whose an entity is. Raises NotFoundError unless this credential speaks for it."""
    found = find(key)
    if found is None or not speaks_for(credential, found):
        raise NotFoundError
    if credential.platform not in {None, key.partition("+")[0]}:
        raise ForbiddenError(f"This key is for {credential.platform} only.")
    return found
