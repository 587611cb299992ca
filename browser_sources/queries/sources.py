"""Whose overlay a token opens."""

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet

from browser_sources.data import ACTION_TYPES, Pass, Source
from browser_sources.models import BrowserSource


def token_hash(token: str) -> bytes:
    # 256 random bits need no slow hash.
    return hashlib.sha256(token.encode(errors="replace")).digest()


def open_pass(*, token: str, kind: str) -> Pass | None:
    """Return what the token opens, also when it was rotated away; None for an unknown one."""
    if kind not in ACTION_TYPES:
        return None
    digest = token_hash(token)
    either = Q(token_sha256=digest) | Q(previous_token_sha256=digest)
    row = BrowserSource.objects.filter(either, type=kind).first()
    if row is None:
        return None
    is_current = bytes(row.token_sha256) == digest
    return Pass(row.id, row.type, None if is_current else row.previous_valid_until)


def sources_of(community_id: int) -> "QuerySet[BrowserSource]":
    return BrowserSource.objects.filter(community_id=community_id)


def list_sources(community_id: int) -> list[Source]:
    """Return the overlays of a community, without their tokens."""
    return [to_source(row) for row in sources_of(community_id).order_by("id")]


def to_source(row: BrowserSource) -> Source:
    return Source(
        id=row.id,
        community_id=row.community_id,
        type=row.type,
        name=row.name,
        created_at=row.created_at,
        last_used_at=row.last_used_at,
    )


@dataclass(frozen=True, slots=True)
class Standing:
    """How a source stands in the database: what was told, and which tokens open it until when."""

    seq: int
    token: bytes
    previous: bytes
    previous_valid_until: datetime | None


def standings(source_ids: Collection[int]) -> dict[int, Standing]:
    rows = BrowserSource.objects.filter(id__in=source_ids)
    return {
        row.id: Standing(
            seq=row.seq,
            token=bytes(row.token_sha256),
            previous=bytes(row.previous_token_sha256 or b""),
            previous_valid_until=row.previous_valid_until,
        )
        for row in rows
    }
