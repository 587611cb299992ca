"""What changes people, communities, keys and the log of it all."""

from identity.operations.access import require
from identity.operations.audit import actor_of, record, record_refusal
from identity.operations.communities import (
    LastOwnerError,
    SlugTakenError,
    change_community,
    create_community,
    set_role,
)
from identity.operations.credentials import BadCredentialsError, authenticate, checksum
from identity.operations.keys import (
    BeyondMakerError,
    KeyInactiveError,
    TooManyKeysError,
    create_key,
    keep_within,
    revoke_key,
    rotate_key,
)
from identity.operations.people import create_user, forget_user, resolve
from identity.operations.sign_in import LoginLinkError, consume_login_token, login_link

__all__ = [
    "BadCredentialsError",
    "BeyondMakerError",
    "KeyInactiveError",
    "LastOwnerError",
    "LoginLinkError",
    "SlugTakenError",
    "TooManyKeysError",
    "actor_of",
    "authenticate",
    "change_community",
    "checksum",
    "consume_login_token",
    "create_community",
    "create_key",
    "create_user",
    "forget_user",
    "keep_within",
    "login_link",
    "record",
    "record_refusal",
    "require",
    "resolve",
    "revoke_key",
    "rotate_key",
    "set_role",
]
