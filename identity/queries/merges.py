"""Merges, for the survivor and for staff."""

from uuid import UUID

from django.db.models import QuerySet

from identity.data import Credential, Scope
from identity.models import AccountMerge
from identity.queries.people import ids_of
from waddlebot.lib.errors import NotFoundError


def merges_seen_by(credential: Credential) -> "QuerySet[AccountMerge]":
    """Return those whose survivor is asking, or was merged into whoever is; for staff, all."""
    merges = AccountMerge.objects.select_related("survivor", "absorbed").defer("ledger")
    if credential.is_staff and Scope.ADMIN in credential.scopes:
        return merges
    return merges.filter(survivor_id__in=ids_of(credential.user_id))


def merge_seen_by(credential: Credential, merge_id: str) -> AccountMerge:
    try:
        return merges_seen_by(credential).get(pk=UUID(merge_id))
    except (ValueError, AccountMerge.DoesNotExist):
        raise NotFoundError from None
