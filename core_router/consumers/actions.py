"""Actions for a collector, by a long poll that holds no thread."""

import asyncio
import re
from typing import Any, Final
from urllib.parse import parse_qsl

from django.utils import timezone

from core_router.consumers.bells import bells_here, in_polls
from core_router.operations.outgoing import acknowledge
from core_router.pipeline import entity_spoken_for
from core_router.queries.outgoing import waiting_actions
from core_router.wire import read_acknowledged, read_patience
from identity import api as identity
from identity.data import Credential, Scope
from waddlebot.lib.endpoints import Answer
from waddlebot.lib.pagination import CursorPages
from waddlebot.lib.problems import Headers, NotAuthenticatedError
from waddlebot.lib.throttle import count_request
from waddlebot.lib.waitpath import Asked, Route
from waddlebot.lib.wire import encode


async def fetch(asked: Asked) -> Answer:
    """Answer as soon as there is an action, or without one when the time is over."""
    limit, wait_s = read_patience(dict(parse_qsl(asked.query, keep_blank_values=True)))
    clock = asyncio.get_running_loop().time
    until = clock() + wait_s
    # The bell first, so that nothing comes unheard between the look and the wait.
    with bells_here().at(asked.place) as bell:
        headers, found = await in_polls(_first_look, asked, limit)
        if wait_s and not found:
            bells_here().wait_for(bell, asked.place)
        while not (found or bells_here().are_silent):
            try:
                await asyncio.wait_for(bell.wait(), until - clock())
            except TimeoutError:
                break
            bell.clear()
            found = await in_polls(_look, asked, limit)
    return _page(found, headers)


async def acknowledge_done(asked: Asked) -> Answer:
    ids = read_acknowledged(asked.body)
    headers, count = await in_polls(_acknowledge, asked, ids)
    return Answer(200, encode({"acknowledged": count}), headers)


def _first_look(asked: Asked, limit: int) -> tuple[Headers, list[dict[str, Any]]]:
    return count_request(_credential(asked)), _look(asked, limit)


def _look(asked: Asked, limit: int) -> list[dict[str, Any]]:
    # Asked anew each time, since a key may be revoked while its collector waits.
    found = entity_spoken_for(_credential(asked), asked.place)
    return waiting_actions(
        community_id=found.community_id, entity=asked.place, limit=limit, now=timezone.now()
    )


def _acknowledge(asked: Asked, ids: list[int]) -> tuple[Headers, int]:
    credential = _credential(asked)
    headers = count_request(credential)
    found = entity_spoken_for(credential, asked.place)
    return headers, acknowledge(community_id=found.community_id, entity=asked.place, ids=ids)


def _credential(asked: Asked) -> Credential:
    if not asked.key:
        raise NotAuthenticatedError
    credential = identity.authenticate(asked.key, ip=asked.address)
    identity.require(credential, Scope.COORDINATION_WRITE, credential.community_id)
    return credential


def _page(found: list[dict[str, Any]], headers: Headers) -> Answer:
    return Answer(200, encode(CursorPages().body(found)), headers)


ENTITY: Final = r"/router/v1/entities/(.+)/actions"
ROUTES: Final = (
    Route(
        "core_router",
        "router/v1/entities/<path:entity>/actions",
        "GET",
        re.compile(ENTITY, re.DOTALL),
        fetch,
    ),
    Route(
        "core_router",
        "router/v1/entities/<path:entity>/actions/ack",
        "POST",
        re.compile(f"{ENTITY}/ack", re.DOTALL),
        acknowledge_done,
    ),
)
