"""What an import is asked for."""

from dataclasses import dataclass

from labels.data import Kind


@dataclass(frozen=True, slots=True)
class ImportOrder:
    """What an import is to do, for whom. `kind` and `removes` count where a line says neither.

    `asker_id` is the person who may or may not give each label; None is whoever has the machine.
    A trial writes nothing but what would become of each line.
    """

    community_id: int
    actor: str
    asker_id: int | None
    kind: Kind = Kind.USER
    removes: bool = False
    is_trial: bool = False
