"""Engines as they are called."""

from core_router.data import EngineRef, EngineType
from core_router.models import Engine


def ref_of(row: Engine) -> EngineRef:
    return EngineRef(
        id=row.pk,
        type=EngineType(row.type),
        target=row.target,
        timeout_s=row.timeout_s,
        options=row.options,
        sealed=bytes(row.sealed_secrets),
    )
