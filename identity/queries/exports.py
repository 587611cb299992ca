"""Exports of somebody's data, and how their zips are read."""

from collections.abc import Iterator
from datetime import datetime
from typing import Final
from uuid import UUID

from django.core.signing import BadSignature, TimestampSigner
from django.db.models import QuerySet

from identity.models import DataExport, ExportPart
from identity.models.lives import EXPORT_LIFE
from waddlebot.lib.errors import NotFoundError
from waddlebot.lib.sealing import BrokenSealError, unseal

_signer: Final = TimestampSigner(salt="waddlebot.export", sep=".")


def exports_of(user_id: int) -> "QuerySet[DataExport]":
    return DataExport.objects.filter(user_id=user_id)


def export_of(user_id: int, export_id: str) -> DataExport:
    try:
        return exports_of(user_id).get(pk=UUID(export_id))
    except (ValueError, DataExport.DoesNotExist):
        raise NotFoundError from None


def download_token(export: DataExport, *, now: datetime) -> str | None:
    """Return what opens the zip of an export, while there is one."""
    return _signer.sign(export.pk.hex) if _is_there(export, now) else None


def export_by_token(token: str, *, now: datetime) -> DataExport:
    """Return whose zip a token opens. Forged, foreign, expired and unknown ones look alike."""
    try:
        export_id = UUID(_signer.unsign(token, max_age=EXPORT_LIFE))
    except (BadSignature, ValueError):
        raise NotFoundError from None
    export = DataExport.objects.filter(pk=export_id).first()
    if export is None or not _is_there(export, now):
        raise NotFoundError
    return export


def zip_of(export: DataExport) -> Iterator[bytes]:
    """Return the zip, a piece at a time; the first one is opened at once."""
    numbers = list(export.parts.order_by("number").values_list("pk", flat=True))
    try:
        first = _open(numbers[0])
    except (ExportPart.DoesNotExist, IndexError, BrokenSealError):
        raise NotFoundError from None
    return _pieces(first, numbers[1:])


def _pieces(first: bytes, numbers: list[int]) -> Iterator[bytes]:
    yield first
    for number in numbers:
        yield _open(number)


def _open(number: int) -> bytes:
    return unseal(bytes(ExportPart.objects.get(pk=number).sealed))


def _is_there(export: DataExport, now: datetime) -> bool:
    return export.expires_at is not None and now < export.expires_at
