"""Who is speaking. Asked only when a step needs to know: plain chat never does."""

from core_router.pipeline.context import Context
from core_router.sdk import Caller
from identity import api as identity
from identity.data import Role
from labels import api as labels

PLATFORM_ROLES = {
    "broadcaster": Role.OWNER,
    "owner": Role.OWNER,
    "admin": Role.ADMIN,
    "moderator": Role.MODERATOR,
}


def caller(context: Context) -> Caller:
    if context.caller is None:
        context.caller = _meet(context)
    return context.caller


def _meet(context: Context) -> Caller:
    event, community = context.event, context.tenant
    platform_roles = frozenset(event.user_roles)
    role = max((PLATFORM_ROLES.get(word, Role.NONE) for word in platform_roles), default=Role.NONE)
    person = identity.resolve(
        platform=event.platform,
        platform_user_id=event.user_id,
        user_name=event.user_name,
        display_name=event.display_name,
        create=not context.dry_run,
        seen_in=community.id,
    )
    held: frozenset[str] = frozenset()
    if person is not None:
        role = max(role, identity.role_in(community_id=community.id, user_id=person.id))
        held = labels.names_of(community_id=community.id, user_id=person.id, now=context.now)
    return Caller(
        user_id=person.id if person else 0,
        public_id=person.public_id if person else "",
        name=event.user_name,
        display_name=event.display_name or event.user_name,
        role=role,
        platform_roles=platform_roles,
        labels=held,
    )
