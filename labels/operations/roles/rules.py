"""Making role rules, changing them, and having what they gave taken back."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db import transaction

from identity.api import record
from labels.models import EntityGroup, Label, RoleGrant, RoleRule
from labels.operations.roles.seats import may_give, seat_of
from labels.operations.roles.waking import wake_rule
from waddlebot.lib.errors import ConflictError, Flaw, InvalidError, NotFoundError
from waddlebot.lib.locks import hold
from waddlebot.platforms import PLATFORMS

MOST_RULES: Final = 100
State = RoleGrant.State
AGAIN: Final = {State.GRANT_FAILED: State.TO_GRANT, State.REVOKE_FAILED: State.TO_REVOKE}


class TooManyRoleRulesError(ConflictError):
    code = "too_many_role_rules"


class RoleRuleExistsError(ConflictError):
    code = "role_rule_exists"


class PlaceNotProvenError(ConflictError):
    """The bot would act there for a community that has nothing to say there."""

    code = "place_not_proven"


class InvalidRoleRuleError(InvalidError):
    code = "invalid_role_rule"


@dataclass(frozen=True, slots=True)
class RoleRuleWish:
    label: Label
    platform: str
    server_id: str
    role: str
    enabled: bool = True


def checked_rule(group: EntityGroup, wish: RoleRuleWish) -> RoleRule:
    """Return the rule as it would be stored. Raises what is wrong with it."""
    platform = PLATFORMS[wish.platform]
    for name, pattern in (("server_id", platform.server_ids), ("role", platform.roles)):
        if not pattern.fullmatch(getattr(wish, name)):
            detail = f"{platform.title} has none that is called so."
            raise InvalidRoleRuleError(detail, errors=[Flaw(f"#/{name}", detail)])
    rule = RoleRule(
        group=group,
        label=wish.label,
        platform=wish.platform,
        server_id=wish.server_id,
        role=wish.role,
        enabled=wish.enabled,
    )
    if not may_give(rule, seat_of(rule)):
        detail = (
            f"That {wish.platform}+{wish.server_id} is this community's is not proven. Prove it, "
            "or lend the bot a token of it."
        )
        raise PlaceNotProvenError(detail, errors=[Flaw("#/server_id", detail)])
    return rule


def add_rule(group: EntityGroup, wish: RoleRuleWish, *, actor: str, now: datetime) -> RoleRule:
    rule = checked_rule(group, wish)
    with transaction.atomic():
        hold("labels", group.community_id)
        mine = RoleRule.objects.filter(group__community=group.community_id, deleted_at=None)
        if mine.count() >= MOST_RULES:
            raise TooManyRoleRulesError(f"A community has at most {MOST_RULES} role rules.")
        _refuse_twin(rule)
        rule.created_at = rule.due_at = now
        rule.save()
        wake_rule(rule, now=now)
        _tell(rule, "role_rule.added", actor, now, after=facts_of(rule))
    return rule


def change_rule(rule: RoleRule, changes: dict[str, Any], *, actor: str, now: datetime) -> RoleRule:
    """Change the label or switch it on or off; what failed is tried again."""
    with transaction.atomic():
        rule = _held(rule)
        before = facts_of(rule)
        for name, value in changes.items():
            setattr(rule, name, value)
        _refuse_twin(rule)
        rule.save(update_fields=list(changes))
        _try_again(rule, now)
        _tell(rule, "role_rule.changed", actor, now, before=before, after=facts_of(rule))
    return rule


def sync_rule(rule: RoleRule, *, actor: str, now: datetime) -> None:
    """Look at everybody at once, and try again what failed."""
    with transaction.atomic():
        rule = _held(rule)
        before = _due(rule)
        _try_again(rule, now)
        _tell(rule, "role_rule.synced", actor, now, before=before, after=_due(rule))


def remove_rule(rule: RoleRule, *, actor: str, now: datetime) -> None:
    """Have all taken back that it gave; then its row goes."""
    with transaction.atomic():
        rule = _held(rule)
        RoleRule.objects.filter(pk=rule.pk).update(deleted_at=now)
        _try_again(rule, now)
        _tell(rule, "role_rule.removed", actor, now, before=facts_of(rule))


def facts_of(rule: RoleRule) -> dict[str, Any]:
    names = ("label_id", "platform", "server_id", "role", "enabled")
    return {name: getattr(rule, name) for name in names} | {"group": rule.group_id}


def _held(rule: RoleRule) -> RoleRule:
    """Return a rule as it is once nobody else changes it. Raises NotFoundError when it is gone."""
    hold("labels", rule.group.community_id)
    there = RoleRule.objects.filter(pk=rule.pk, deleted_at=None).select_related("group", "label")
    row = there.select_for_update(of=("self",), no_key=True).first()
    if row is None:
        raise NotFoundError
    return row


def _due(rule: RoleRule) -> dict[str, Any]:
    """Return when everybody is looked at, and of how many the platform has refused the last."""
    due_at = RoleRule.objects.values_list("due_at", flat=True).get(pk=rule.pk)
    failed = RoleGrant.objects.filter(rule=rule, state__in=AGAIN)
    return {"due_at": due_at.isoformat(), "failed": failed.count()}


def _try_again(rule: RoleRule, now: datetime) -> None:
    for failed, state in AGAIN.items():
        RoleGrant.objects.filter(rule=rule, state=failed).update(
            state=state, attempts=0, due_at=now, updated_at=now
        )
    wake_rule(rule, now=now)


def _refuse_twin(rule: RoleRule) -> None:
    alike = RoleRule.objects.filter(
        group=rule.group, label=rule.label, platform=rule.platform, deleted_at=None
    )
    if alike.filter(server_id=rule.server_id, role=rule.role).exclude(pk=rule.pk).exists():
        raise RoleRuleExistsError("There is such a rule already.")


def _tell(
    rule: RoleRule,
    action: str,
    actor: str,
    now: datetime,
    *,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> None:
    record(
        category="audit",
        action=action,
        actor=actor,
        community_id=rule.group.community_id,
        target=f"role_rule:{rule.pk}",
        details={"before": before, "after": after},
        now=now,
    )
