"""What the portal's pages show."""

from dataclasses import dataclass

from browser_sources.data import Source
from identity.data import Role, Tenant


@dataclass(frozen=True, slots=True)
class Place:
    """A community of the person who looks, at a glance."""

    tenant: Tenant
    role: Role
    entities: tuple[str, ...]
    commands: int
    sources: tuple[Source, ...]
