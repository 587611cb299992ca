"""Platform accounts become somebody's, and cease to be."""

from contextlib import suppress
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db import transaction

from identity.models import IdentityLink, LinkRequest, User
from identity.operations.audit import record
from identity.operations.link_ids import known_as
from identity.operations.merging import NotStagedError, absorb_staged
from identity.operations.merging.joining import hold
from identity.operations.people import forget_user
from identity.operations.staging import LONGEST_NAME
from identity.queries.links import has_other_way_in, sign_ins_of
from identity.signals import accounts_changed
from waddlebot.lib.cache import SEPARATOR, announce
from waddlebot.lib.errors import ConflictError, NotFoundError, UnavailableError

TRIES: Final = 5
State = LinkRequest.State


class AccountTakenError(ConflictError):
    code = "account_already_linked"

    def __init__(self) -> None:
        super().__init__(
            "This account is linked to another WaddleBot account. If both are yours, merge them."
        )


class MeanwhileError(Exception):
    """Somebody else took what was just read."""


class LastLoginMethodError(ConflictError):
    code = "last_login_method"

    def __init__(self) -> None:
        super().__init__(
            "This is the last way into your WaddleBot account. Set a password, verify an e-mail "
            "address, add a passkey or link another account first."
        )


def link_account(  # noqa: PLR0913
    *,
    user_id: int,
    platform: str,
    platform_user_id: str,
    user_name: str,
    display_name: str = "",
    method: str,
    actor: str,
    now: datetime,
    request_id: UUID | None = None,
) -> IdentityLink:
    """Make a proven platform account somebody's. Linking what is theirs already is fine.

    A staged owner is absorbed; with another real one, `AccountTakenError`. `request_id` names the
    link request that it ends; without one, the account is given one to be known by.
    """
    names = {"platform_username": user_name[:LONGEST_NAME]}
    if display_name:
        names["display_name"] = display_name[:LONGEST_NAME]
    for _ in range(TRIES):
        # What another one has changed meanwhile is looked at again, holding nothing.
        with suppress(MeanwhileError), transaction.atomic():
            link, before = _take(user_id, platform, platform_user_id, names, actor, now)
            after = {"user_id": user_id, "verified_at": link.verified_at or now}
            after["method"] = link.method if link.verified_at else method
            for name, value in (names | after).items():
                setattr(link, name, value)
            link.save(update_fields=[*names, *after])
            announce("people", f"{platform}{SEPARATOR}{platform_user_id}")
            request = known_as(link, method, request_id, now)
            if before != _facts(link):
                accounts_changed.send(sender=IdentityLink, user_id=user_id)
                _record("link_verified", request, actor, (before, _facts(link)), now)
            return link
    raise UnavailableError


def unlink_account(*, user_id: int, link_id: int, actor: str, now: datetime) -> None:
    """Forget that an account is somebody's; refuse when they could not come in any more."""
    with transaction.atomic():
        # Whoever gives up two ways in at once gives up one after the other.
        user = User.objects.select_for_update(no_key=True).get(pk=user_id)
        link = IdentityLink.objects.filter(pk=link_id, user_id=user_id).first()
        if link is None:
            raise NotFoundError
        if not has_other_way_in(user, than=link):
            raise LastLoginMethodError
        before = _facts(link)
        request = LinkRequest.objects.filter(link=link, state=State.VERIFIED).first()
        forget_user(user_id)
        sign_ins_of(link).delete()
        link.delete()
        accounts_changed.send(sender=IdentityLink, user_id=user_id)
        _record("link_removed", request, actor, (before, {}), now)


def _take(
    user_id: int,
    platform: str,
    platform_user_id: str,
    names: dict[str, str],
    actor: str,
    now: datetime,
) -> tuple[IdentityLink, dict[str, Any]]:
    """Return the account's row, locked and somebody's, and what it was before."""
    link, is_new = IdentityLink.objects.select_related("user").get_or_create(
        platform=platform,
        platform_user_id=platform_user_id,
        defaults={**names, "user_id": user_id, "created_at": now},
    )
    before = {} if is_new else _facts(link)
    if link.user_id == user_id:
        asker = _checked(User.objects.select_for_update(no_key=True).filter(pk=user_id).first())
    elif link.user.is_staged:
        asker = _checked(hold(user_id, link.user_id)[0])
    else:
        raise AccountTakenError
    if asker.is_staged and link.verified_at is None:
        _settle(asker, now)
    if link.user_id != user_id:
        try:
            absorb_staged(survivor_id=user_id, absorbed_id=link.user_id, actor=actor, now=now)
        except NotStagedError:
            raise MeanwhileError from None
    mine = IdentityLink.objects.select_for_update().filter(pk=link.pk, user_id=user_id).first()
    if mine is None:
        raise MeanwhileError
    return mine, before


def _settle(asker: User, now: datetime) -> None:
    """Who proves a second account is more than somebody that was seen in chat."""
    asker.is_staged = False
    asker.save(update_fields=["is_staged"])
    for seen in IdentityLink.objects.filter(user_id=asker.pk, verified_at=None):
        seen.verified_at, seen.method = now, LinkRequest.Method.CHAT
        seen.save(update_fields=["verified_at", "method"])
        known_as(seen, seen.method, None, now)
    forget_user(asker.pk)


def _checked(user: User | None) -> User:
    if user is None or not user.is_active or user.merged_into_id is not None:
        raise NotFoundError
    return user


def _facts(link: IdentityLink) -> dict[str, Any]:
    return {
        "owner": f"user:{link.user_id}",
        "platform": link.platform,
        "method": link.method,
        "verified": link.verified_at is not None,
    }


def _record(
    action: str,
    request: LinkRequest | None,
    actor: str,
    change: tuple[dict[str, Any], dict[str, Any]],
    now: datetime,
) -> None:
    record(
        category="audit",
        action=action,
        actor=actor,
        target=f"link:{request.pk}" if request else "",
        details={"before": change[0], "after": change[1]},
        now=now,
    )
