"""Whether a credential may do something somewhere."""

from typing import NoReturn

from identity.data import COLLECTOR_SCOPES, MIN_ROLE, Credential, Role, Scope
from identity.operations.audit import actor_of, record_refusal
from identity.queries.communities import role_in, tenant_by_id
from identity.queries.second_factors import has_second_factor
from waddlebot.lib.errors import ForbiddenError, NotFoundError


class MfaRequiredError(ForbiddenError):
    code = "mfa_required"

    def __init__(self) -> None:
        super().__init__("Owners need a second factor here. Set one up in your account.")


def require(credential: Credential, scope: Scope, community_id: int | None) -> None:
    """Return when `credential` may use `scope` in that community, or in none in particular.

    A key never does more than its owner can now. Of a community that is not theirs, people are
    told what they are told of one that does not exist.
    """
    bound_to = credential.community_id
    if community_id is None:
        community_id = bound_to
    elif bound_to is not None and bound_to != community_id:
        _refuse(credential, scope, community_id, NotFoundError())
    role = Role.OWNER if credential.is_staff else _role(credential, community_id)
    if role is Role.NONE and community_id is not None:
        _refuse(credential, scope, community_id, NotFoundError())
    if scope not in credential.scopes:
        _refuse(credential, scope, community_id, ForbiddenError(f"This needs the scope {scope}."))
    if not _allows(credential, scope, community_id, role):
        detail = f"Your place in this community does not include {scope}."
        _refuse(credential, scope, community_id, ForbiddenError(detail))
    if community_id is not None and _lacks_second_factor(credential, scope, community_id):
        _refuse(credential, scope, community_id, MfaRequiredError())


def usable_scopes(credential: Credential) -> list[str]:
    """Return what a credential can be used for now, in its community when it is bound to one."""
    place = credential.community_id
    role = Role.OWNER if credential.is_staff else _role(credential, place)
    return sorted(s for s in credential.scopes if _allows(credential, Scope(s), place, role))


def require_second_factor(credential: Credential, community_id: int | None) -> None:
    """Raise for an owner without the second factor that their community asks of owners."""
    scope = Scope.COMMUNITY_MANAGE
    if community_id is not None and _lacks_second_factor(credential, scope, community_id):
        _refuse(credential, scope, community_id, MfaRequiredError())


def proves_accounts(credential: Credential) -> bool:
    """Tell whether a credential is trusted to say, and so to know, whose accounts are whose."""
    return Scope.IDENTITY_VERIFY in usable_scopes(credential)


class BoundKeyError(ForbiddenError):
    """The key is bound to a community, and this is about the whole person."""

    code = "key_is_bound"


def require_unbound(credential: Credential) -> None:
    """Return for a session, or for a key that is bound neither to a community nor a platform."""
    if credential.community_id is not None or credential.platform is not None:
        detail = "This concerns your whole account: sign in, or use a key bound to nothing."
        raise BoundKeyError(detail)


def _role(credential: Credential, community_id: int | None) -> Role:
    if community_id is None:
        return Role.NONE
    return role_in(community_id=community_id, user_id=credential.user_id)


def _allows(credential: Credential, scope: Scope, community_id: int | None, role: Role) -> bool:
    if scope is Scope.ADMIN:
        return credential.is_staff and credential.community_id is None
    if community_id is None:
        return credential.is_staff or scope not in COLLECTOR_SCOPES
    return role >= MIN_ROLE[scope]


def _lacks_second_factor(credential: Credential, scope: Scope, community_id: int) -> bool:
    """Tell whether an owner is to prove more first. What collectors do goes on meanwhile."""
    if MIN_ROLE[scope] < Role.ADMIN or scope in COLLECTOR_SCOPES:
        return False
    place = tenant_by_id(community_id)
    if place is None or not place.require_owner_mfa:
        return False
    is_owner = _role(credential, community_id) is Role.OWNER
    return is_owner and not has_second_factor(credential.user_id)


def _refuse(
    credential: Credential, scope: Scope, community_id: int | None, error: Exception
) -> NoReturn:
    record_refusal(
        category="authorization",
        action="access",
        actor=actor_of(credential),
        community_id=community_id,
        reason=f"{scope} {type(error).__name__}",
    )
    raise error
