"""`waddlebot key`: API keys from the command line."""

import argparse
import json
import re
from datetime import datetime, timedelta
from typing import Any, Final

from waddlebot.cli.attach import add_data_option, use_django
from waddlebot.runtime.folder import Refusal

UNITS: Final = {"h": "hours", "d": "days", "w": "weeks"}


def add(commands: Any) -> None:
    parser = commands.add_parser("key", help="make, list and revoke API keys")
    actions = parser.add_subparsers(metavar="ACTION", required=True)

    create = actions.add_parser("create", help="make a key; it is shown this once")
    create.add_argument("--name", required=True, help="what it is for")
    create.add_argument(
        "--scopes", required=True, nargs="+", metavar="SCOPE", help="e.g. events:write router:read"
    )
    create.add_argument("--community", metavar="SLUG", help="bind it to one community")
    create.add_argument("--user", default="owner", help="whose key it is (default: owner)")
    create.add_argument("--expires", type=lifetime, default="90d", metavar="90d", help="h, d or w")
    create.set_defaults(run=run_create)

    listing = actions.add_parser("list", help="list the keys, without their secrets")
    listing.add_argument("--user", help="only this user's")
    listing.set_defaults(run=run_list)

    revoke = actions.add_parser("revoke", help="end a key at once")
    revoke.add_argument("key", help="its id, the 12 characters after wb_")
    revoke.set_defaults(run=run_revoke)

    for each in (create, listing, revoke):
        each.add_argument("--json", action="store_true", help="print the result as JSON")
        add_data_option(each)


def lifetime(text: str) -> timedelta:
    found = re.fullmatch(r"(\d{1,4})([hdw])", text)
    if found is None:
        raise argparse.ArgumentTypeError("a number and h, d or w, like 90d")
    return timedelta(**{UNITS[found[2]]: int(found[1])})


def run_create(options: argparse.Namespace) -> int:
    use_django(options)
    from django.utils import timezone

    from identity import api as identity

    now = timezone.now()
    person = _person(options.user)
    tenant = identity.tenant(options.community) if options.community else None
    if options.community and tenant is None:
        raise Refusal(f"there is no community {options.community!r}")
    scopes = [scope for word in options.scopes for scope in word.split(",") if scope]
    made = identity.create_key(
        user_id=person.id,
        name=options.name,
        scopes=scopes,
        community_id=tenant.id if tenant else None,
        expires_at=now + options.expires,
        actor="command line",
        now=now,
    )
    shown = {
        "id": made.id,
        "key_id": made.key_id,
        "key": made.full,
        "name": options.name,
        "user": options.user,
        "community": tenant.slug if tenant else None,
        "scopes": sorted(set(scopes)),
        "expires_at": _time(now + options.expires),
    }
    print(json.dumps(shown, indent=2) if options.json else made.full)
    return 0


def run_list(options: argparse.Namespace) -> int:
    use_django(options)
    from django.utils import timezone

    from identity import api as identity

    now = timezone.now()
    keys = identity.list_keys(user_id=_person(options.user).id if options.user else None)
    rows = [
        {
            "id": key.id,
            "key_id": key.key_id,
            "prefix": f"wb_{key.key_id}",
            "name": key.name,
            "user_id": key.user_id,
            "community_id": key.community_id,
            "state": key.state(now),
            "scopes": list(key.scopes),
            "expires_at": _time(key.expires_at),
            "last_used_at": key.last_used_at and _time(key.last_used_at),
            "expires_soon": key.expires_soon(now),
            "revoked_because": key.revoked_because or None,
        }
        for key in keys
    ]
    if options.json:
        print(json.dumps(rows, indent=2))
        return 0
    for row in rows:
        print(f"{row['key_id']}  {row['state']:<8} {row['expires_at']}  {row['name']}")
    return 0


def run_revoke(options: argparse.Namespace) -> int:
    use_django(options)
    from identity import api as identity
    from identity.data import KeyEnd

    # Whoever pastes the whole key means it, too.
    wanted = options.key.removeprefix("wb_").partition("_")[0]
    found = [key for key in identity.list_keys() if wanted == key.key_id]
    if not found:
        raise Refusal(f"there is no key {wanted!r}: `waddlebot key list` shows them")
    identity.revoke_key(pk=found[0].id, because=KeyEnd.STAFF, actor="command line")
    print(json.dumps({"key_id": wanted, "state": "revoked"}) if options.json else "revoked")
    return 0


def _person(username: str) -> Any:
    from identity import api as identity

    person = identity.person_by_username(username)
    if person is None:
        raise Refusal(f"there is no user {username!r}: name one with --user")
    return person


def _time(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"
