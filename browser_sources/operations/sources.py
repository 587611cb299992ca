"""Making, renewing and ending overlay URLs."""

import secrets
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from browser_sources.data import MAX_SOURCES, ItemState, NewSource, Source
from browser_sources.models import BrowserSource, OverlayItem
from browser_sources.operations.announce import announce
from browser_sources.queries.sources import to_source, token_hash
from identity.api import record
from waddlebot.lib.errors import ConflictError, NotFoundError
from waddlebot.lib.locks import hold
from waddlebot.lib.sealing import seal, unseal

USED_EVERY: Final = timedelta(minutes=1)
TITLES = {"ticker": "Ticker", "media": "Now playing", "general": "Announcements"}


class TooManySourcesError(ConflictError):
    code = "too_many_sources"


def create_source(
    *, community_id: int, kind: str, name: str = "", actor: str, now: datetime
) -> NewSource:
    with transaction.atomic():
        _one_at_a_time(community_id)
        if BrowserSource.objects.filter(community_id=community_id).count() >= MAX_SOURCES:
            raise TooManySourcesError(f"A community has at most {MAX_SOURCES} overlays.")
        made = _create(community_id=community_id, kind=kind, name=name or TITLES[kind], now=now)
        _record("create", made.source, actor=actor, now=now)
        return made


def ensure_sources(*, community_id: int, now: datetime) -> dict[str, str]:
    """Return a URL for each type of overlay, made when the community has none of it yet."""
    with transaction.atomic():
        _one_at_a_time(community_id)
        rows = BrowserSource.objects.filter(community_id=community_id).order_by("-id")
        urls = {row.type: _url(row) for row in rows}
        for kind in TITLES.keys() - urls.keys():
            made = _create(community_id=community_id, kind=kind, name=TITLES[kind], now=now)
            urls[kind] = made.url
    return {kind: urls[kind] for kind in TITLES}


def rotate_source(
    *, community_id: int, source_id: int, grace_s: int, actor: str, now: datetime
) -> NewSource:
    """Give the overlay a new URL; the old one works for `grace_s` more seconds."""
    token = secrets.token_urlsafe(32)
    with transaction.atomic():
        row = _locked(community_id, source_id)
        row.previous_token_sha256 = bytes(row.token_sha256)
        row.previous_valid_until = now + timedelta(seconds=grace_s)
        row.token_sha256 = token_hash(token)
        row.token_sealed = seal(token.encode())
        row.save()
        announce("overlay.rotated", source_id=source_id)
        _record("rotate", to_source(row), actor=actor, now=now, grace_s=grace_s)
    return NewSource(to_source(row), _url(row))


def reveal_source(*, community_id: int, source_id: int, actor: str, now: datetime) -> NewSource:
    """Return the URL again, and write down who asked (contract 6)."""
    with transaction.atomic():
        row = _locked(community_id, source_id)
        _record("reveal", to_source(row), actor=actor, now=now)
    return NewSource(to_source(row), _url(row))


def note_use(*, source_ids: Collection[int], now: datetime) -> None:
    """Remember that the overlays are in use: at most once a minute, and never waiting for it."""
    stale = Q(last_used_at=None) | Q(last_used_at__lt=now - USED_EVERY)
    rows = BrowserSource.objects.filter(stale, id__in=source_ids).order_by("id")
    free = rows.select_for_update(no_key=True, skip_locked=True)
    with transaction.atomic():
        ids = list(free.values_list("id", flat=True))
        BrowserSource.objects.filter(id__in=ids).update(last_used_at=now)


def delete_source(*, community_id: int, source_id: int, actor: str, now: datetime) -> None:
    with transaction.atomic():
        row = _locked(community_id, source_id)
        source = to_source(row)
        row.delete()
        left = OverlayItem.objects.filter(source_id=source_id).exclude(state=ItemState.DONE)
        left.update(state=ItemState.DONE)
        announce("overlay.revoked", source_id=source_id)
        _record("revoke", source, actor=actor, now=now)


def _record(what: str, source: Source, *, actor: str, now: datetime, **details: int) -> None:
    record(
        category="audit",
        action=f"source.{what}",
        actor=actor,
        community_id=source.community_id,
        target=f"source:{source.id}",
        details={
            "before": {} if what == "create" else _facts(source),
            "after": {} if what == "revoke" else _facts(source),
            **details,
        },
        now=now,
    )


def _facts(source: Source) -> dict[str, str]:
    return {"type": source.type, "name": source.name}


def _create(*, community_id: int, kind: str, name: str, now: datetime) -> NewSource:
    token = secrets.token_urlsafe(32)
    row = BrowserSource.objects.create(
        community_id=community_id,
        type=kind,
        name=name,
        token_sha256=token_hash(token),
        token_sealed=seal(token.encode()),
        created_at=now,
    )
    return NewSource(to_source(row), _url(row))


def _url(row: BrowserSource) -> str:
    token = unseal(bytes(row.token_sealed)).decode()
    return f"{settings.OVERLAY_URL}/browser/source/{token}/{row.type}"


def _locked(community_id: int, source_id: int) -> BrowserSource:
    rows = BrowserSource.objects.select_for_update(no_key=True)
    row = rows.filter(id=source_id, community_id=community_id).first()
    if row is None:
        raise NotFoundError
    return row


def _one_at_a_time(community_id: int) -> None:
    """Let changes to the set of a community's overlays wait for each other."""
    hold("browser_sources of", community_id)
