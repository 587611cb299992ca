"""What the portal asks the other apps."""

from browser_sources import api as browser_sources
from core_router import api as core_router
from identity import api as identity
from identity.data import Role
from portal.data import CommandLine, Place


def places_of(user_id: int) -> list[Place]:
    """Return the communities somebody belongs to, the newest first."""
    roles = identity.roles_of(user_id)
    places = (
        _place(community_id, role) for community_id, role in sorted(roles.items(), reverse=True)
    )
    return [place for place in places if place is not None]


def _place(community_id: int, role: Role) -> Place | None:
    tenant = identity.tenant_by_id(community_id)
    if tenant is None:
        return None
    return Place(
        tenant=tenant,
        role=role,
        entities=tuple(core_router.entities_of(community_id)),
        commands=_commands(community_id),
        sources=tuple(browser_sources.list_sources(community_id)),
    )


def _commands(community_id: int) -> tuple[CommandLine, ...]:
    found = (
        CommandLine(
            word=f"{command.prefix}{command.name}",
            description=command.description,
            by=command.engine.type.value if command.engine else "",
            enabled=command.enabled,
        )
        for command in core_router.command_table(community_id).all
    )
    return tuple(sorted(found, key=lambda line: line.word))
