"""Clients of AWS, one for each account that functions are called in.

The SDK takes 35 MB and half a second, so it is loaded by the first call.
"""

import threading
import time
from collections.abc import MutableMapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final

from django.conf import settings

CONNECT_S: Final = 1
MOST_KEPT: Final = 100
ASSUMED_FOR_S: Final = 3600
EARLY_S: Final = 300
# What an assumed role may do for us, whatever else it is allowed.
ONLY_INVOKE: Final = (
    '{"Version":"2012-10-17","Statement":'
    '[{"Effect":"Allow","Action":"lambda:InvokeFunction","Resource":"*"}]}'
)


@dataclass(frozen=True, slots=True)
class Account:
    """By what right functions are called: by keys, by a role, or else as the server itself.

    Without a `region` it is the server's.
    """

    region: str = ""
    keys: str = field(default="", repr=False)
    role_arn: str = ""
    external_id: str = ""


_kept: Final[dict[Account, tuple[Any, float]]] = {}
_making: Final = threading.Lock()


def client_of(account: Account, *, timeout_s: float) -> Any:
    """Return a client of Lambda, which many threads may use. Raises what botocore raises.

    Its `invoke` takes `read_timeout`, in seconds, besides what AWS knows.
    """
    client, until = _kept.get(account, (None, 0.0))
    if time.monotonic() < until:
        return client
    keys, until = _keys_of(account, timeout_s)
    client = _made("lambda", account.region, keys)
    with _making:
        _kept.pop(account, None)
        if len(_kept) >= MOST_KEPT:
            del _kept[next(iter(_kept))]
        _kept[account] = client, until
    return client


def forget_client(account: Account) -> None:
    """Have the next call look for keys, or take on the role, anew."""
    with _making:
        _kept.pop(account, None)


def _keys_of(account: Account, timeout_s: float) -> tuple[dict[str, str], float]:
    """Return what to sign with, none for the server's own, and until when that may be used."""
    now = time.monotonic()
    if account.role_arn:
        return _assumed(account, timeout_s), now + ASSUMED_FOR_S - EARLY_S
    if not account.keys:
        return {}, float("inf")
    key_id, _, secret = account.keys.partition(":")
    return {"aws_access_key_id": key_id, "aws_secret_access_key": secret}, float("inf")


def _assumed(account: Account, timeout_s: float) -> dict[str, str]:
    said = _made("sts", account.region, {}).assume_role(
        RoleArn=account.role_arn,
        RoleSessionName="waddlebot",
        ExternalId=account.external_id,
        DurationSeconds=ASSUMED_FOR_S,
        Policy=ONLY_INVOKE,
        read_timeout=timeout_s,
    )
    given = said["Credentials"]
    return {
        "aws_access_key_id": given["AccessKeyId"],
        "aws_secret_access_key": given["SecretAccessKey"],
        "aws_session_token": given["SessionToken"],
    }


def _made(service: str, region: str, keys: dict[str, str]) -> Any:
    from botocore.config import Config  # noqa: PLC0415

    config = Config(
        connect_timeout=CONNECT_S,
        # There is one rule for retries, and it is not the SDK's (asking.py).
        retries={"total_max_attempts": 1},
        max_pool_connections=settings.ROUTER_MAX_WORKERS,
    )
    # A session makes one client at a time; the clients themselves are safe.
    with _making:
        client = _session().client(service, region_name=region or None, config=config, **keys)
    client.meta.events.register(f"before-parameter-build.{service}", _limit)
    return client


@cache
def _session() -> Any:
    from boto3.session import Session  # noqa: PLC0415

    return Session()


def _limit(params: MutableMapping[str, Any], context: MutableMapping[str, Any], **_: Any) -> None:
    """Have one call wait as long as it may, and no longer."""
    context["read_timeout"] = params.pop("read_timeout")
