"""The only identity module, beside `data` and `signals`, that other apps import."""

from identity.authentication import KeyAuthentication, SessionAuthentication, key_in
from identity.operations import (
    BadCredentialsError,
    KeyInactiveError,
    LastOwnerError,
    LoginLinkError,
    SlugTakenError,
    TooManyKeysError,
    actor_of,
    authenticate,
    change_community,
    checksum,
    consume_login_token,
    create_community,
    create_key,
    create_user,
    forget_user,
    login_link,
    record,
    record_refusal,
    require,
    resolve,
    revoke_key,
    rotate_key,
    set_role,
)
from identity.operations.access import require_second_factor
from identity.operations.borrowing import BorrowedToken, borrow
from identity.operations.crowds import introduce, resolve_many
from identity.operations.holding import hold_named, hold_people
from identity.operations.lent_tokens import lend, take_back
from identity.operations.letters import write_to_owners
from identity.operations.link_proofs import confirm_typed, type_code
from identity.operations.link_requests import ask_link
from identity.operations.linking import unlink_account
from identity.operations.reputation import (
    POINTS_HASH,
    Gain,
    add_points,
    catch_up,
    expect_points,
    gain_field,
    standing_now,
)
from identity.permissions import HasScope, credential_of, enter, enter_as, tenant_of
from identity.queries import (
    community_ids,
    list_keys,
    person_by_id,
    person_by_public_id,
    person_by_username,
    role_in,
    roles_of,
    tenant,
    tenant_by_id,
)
from identity.queries.actors import actors_named, people_named
from identity.queries.departures import accounts_of, names_of, places_seen_of
from identity.queries.finding import (
    first_of,
    last_days_of,
    people_like,
    people_of,
    signs_of,
    those_named,
)
from identity.queries.here import person_here
from identity.queries.links import (
    account_name,
    accounts_on,
    code_on_its_way,
    linked_accounts,
)
from identity.queries.member_facts import member_facts
from identity.queries.members import members_after, people_after, roles_here
from identity.queries.people import is_remembered
from identity.queries.personal import pages
from identity.queries.references import find_people, names_here, people_called
from identity.queries.reputation import leaderboard, points_in, ranked_by_name
from identity.registry import Departure, OnErasure, PersonalTable, PersonalTrace
from identity.registry import register as register_personal

__all__ = [
    "POINTS_HASH",
    "BadCredentialsError",
    "BorrowedToken",
    "Departure",
    "Gain",
    "HasScope",
    "KeyAuthentication",
    "KeyInactiveError",
    "LastOwnerError",
    "LoginLinkError",
    "OnErasure",
    "PersonalTable",
    "PersonalTrace",
    "SessionAuthentication",
    "SlugTakenError",
    "TooManyKeysError",
    "account_name",
    "accounts_of",
    "accounts_on",
    "actor_of",
    "actors_named",
    "add_points",
    "ask_link",
    "authenticate",
    "borrow",
    "catch_up",
    "change_community",
    "checksum",
    "code_on_its_way",
    "community_ids",
    "confirm_typed",
    "consume_login_token",
    "create_community",
    "create_key",
    "create_user",
    "credential_of",
    "enter",
    "enter_as",
    "expect_points",
    "find_people",
    "first_of",
    "forget_user",
    "gain_field",
    "hold_named",
    "hold_people",
    "introduce",
    "is_remembered",
    "key_in",
    "last_days_of",
    "leaderboard",
    "lend",
    "linked_accounts",
    "list_keys",
    "login_link",
    "member_facts",
    "members_after",
    "names_here",
    "names_of",
    "pages",
    "people_after",
    "people_called",
    "people_like",
    "people_named",
    "people_of",
    "person_by_id",
    "person_by_public_id",
    "person_by_username",
    "person_here",
    "places_seen_of",
    "points_in",
    "ranked_by_name",
    "record",
    "record_refusal",
    "register_personal",
    "require",
    "require_second_factor",
    "resolve",
    "resolve_many",
    "revoke_key",
    "role_in",
    "roles_here",
    "roles_of",
    "rotate_key",
    "set_role",
    "signs_of",
    "standing_now",
    "take_back",
    "tenant",
    "tenant_by_id",
    "tenant_of",
    "those_named",
    "type_code",
    "unlink_account",
    "write_to_owners",
]
