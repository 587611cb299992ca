"""Who is speaking. Asked only when a step needs to know: plain chat never does."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from core_router.pipeline.context import Context
from core_router.pipeline.entity import entity
from core_router.pipeline.lookup import lookup, split_prefix
from core_router.sdk import Caller
from identity import api as identity
from identity.data import Sighting
from labels import api as labels


def caller(context: Context) -> Caller:
    if context.caller is None:
        context.caller = _meet(context)
    return context.caller


def meet_callers(contexts: Sequence[Context]) -> None:
    """Have identity load or make all who call a command, before each is asked for alone."""
    unmet: dict[int, list[Context]] = defaultdict(list)
    for context in contexts:
        event = context.event
        if split_prefix(event.message_content, event.message_type)[0] and not (
            identity.is_remembered(event.platform, event.user_id)
        ):
            community_id = _where_it_calls_a_command(context)
            if community_id is not None:
                unmet[community_id].append(context)
    for community_id, members in unmet.items():
        if len(members) > 1:
            identity.resolve_many(
                [_sighting(context) for context in members],
                seen_in=community_id,
                now=members[0].now,
            )


def _where_it_calls_a_command(context: Context) -> int | None:
    # Whoever calls nothing, or calls it elsewhere, is nobody to us.
    trial = replace(context, tracing=False)
    if entity(trial) is not None or lookup(trial) is not None:
        return None
    return trial.tenant.id


def _sighting(context: Context) -> Sighting:
    event = context.event
    return Sighting(event.platform, event.user_id, event.user_name, event.display_name)


def _meet(context: Context) -> Caller:
    event, community = context.event, context.tenant
    person = identity.resolve(
        platform=event.platform,
        platform_user_id=event.user_id,
        user_name=event.user_name,
        display_name=event.display_name,
        create=not context.dry_run,
        seen_in=community.id,
    )
    user_id = person.id if person else 0
    return Caller(
        user_id=user_id,
        public_id=person.public_id if person else "",
        name=event.user_name,
        display_name=event.display_name or event.user_name,
        bearer=labels.bearer(
            community_id=community.id,
            user_id=user_id,
            now=context.now,
            platform_roles=frozenset(event.user_roles),
            entity=event.entity,
        ),
    )
