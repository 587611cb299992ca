"""What the portal's pages show."""

from dataclasses import dataclass

from browser_sources.data import Source
from identity.data import Role, Tenant


@dataclass(frozen=True, slots=True)
class CommandLine:
    """A command as it is typed. `by`: who answers it, when that is not WaddleBot itself."""

    word: str
    description: str
    by: str
    enabled: bool


@dataclass(frozen=True, slots=True)
class Place:
    """A community of the person who looks, at a glance."""

    tenant: Tenant
    role: Role
    entities: tuple[str, ...]
    commands: tuple[CommandLine, ...]
    sources: tuple[Source, ...]
