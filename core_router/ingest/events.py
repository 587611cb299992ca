"""The two event endpoints: a checked credential and bytes in, bytes out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from urllib.parse import parse_qs, quote

import msgspec
from django.db import InterfaceError, OperationalError, connection

from core_router import pipeline
from core_router.data import Event, Outcome
from core_router.operations.inbox import accept
from core_router.operations.nudge import nudge
from core_router.queries.entities import entity_of_event as find_entity
from core_router.wire import BATCH_BYTES, EVENT_BYTES, Refused, error_of, read_batch, read_event
from identity import api as identity
from identity.data import Credential, Scope
from waddlebot.lib.endpoints import Answer, Asked, Route
from waddlebot.lib.errors import ForbiddenError, UnavailableError
from waddlebot.lib.limits import MINUTE_S, Verdict, hit, key_counter_name, limit_headers
from waddlebot.lib.problems import Headers, RateLimitedError

encode = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class Wish:
    """How the caller wants the event taken."""

    trace: bool = False
    dry_run: bool = False
    later: bool = False


PLAIN = Wish()


def wish_of(asked: Asked) -> Wish:
    """Read `?trace=true`, `?dry_run=true` and `Prefer: respond-async` (RFC 7240)."""
    if not asked.query and not asked.prefer:
        return PLAIN
    flags = parse_qs(asked.query)
    preferences = {word.split(";")[0].strip().lower() for word in asked.prefer.split(",")}
    return Wish(
        trace=flags.get("trace", [""])[-1] == "true",
        dry_run=flags.get("dry_run", [""])[-1] == "true",
        later="respond-async" in preferences,
    )


def take_event(credential: Credential, asked: Asked, *, now: datetime) -> Answer:
    """Answer `POST /router/v1/events`. Raises `DomainError` for a request that is refused."""
    identity.require(credential, Scope.EVENTS_WRITE, credential.community_id)
    event, wish = read_event(asked.body), wish_of(asked)
    _refuse_another_platform(credential, event)
    if wish.later and not wish.dry_run:
        kept = _keep_for_later(credential, event, now)
        if kept is not None:
            return kept
    verdict, answers = _process(credential, [event], wish, now)
    return Answer(200, encode(answers[0]), _headers(credential, verdict))


def take_batch(credential: Credential, asked: Asked, *, now: datetime) -> Answer:
    """Answer `POST /router/v1/events/batch`: results in order, one bad event fails alone."""
    identity.require(credential, Scope.EVENTS_WRITE, credential.community_id)
    items = [_checked(credential, item) for item in read_batch(asked.body)]
    good = [item for item in items if isinstance(item, Event)]
    verdict, answers = _process(credential, good, wish_of(asked), now)
    results = iter(answers)
    told = [next(results) if isinstance(item, Event) else error_of(item) for item in items]
    return Answer(200, encode({"results": told}), _headers(credential, verdict))


def _process(
    credential: Credential, events: Sequence[Event], wish: Wish, now: datetime
) -> tuple[Verdict, list[dict[str, Any]]]:
    try:
        with pipeline.slots:
            verdict, request = _count(credential)
            manner = pipeline.Manner(
                credential, now, request, tracing=wish.trace, dry_run=wish.dry_run
            )
            rate, contexts = pipeline.process(events, manner)
        return rate or verdict, [pipeline.answer_of(context) for context in contexts]
    except (OperationalError, InterfaceError):
        # A broken connection would break the next event too.
        connection.close()
        raise UnavailableError("The database is away.") from None


def _count(credential: Credential) -> tuple[Verdict, pipeline.RequestLimit | None]:
    """Count the request here, or leave it to the gate where both share one hash slot."""
    name, count = key_counter_name(credential), credential.requests_per_minute
    if credential.key_id and credential.community_id is not None:
        return Verdict(allowed=True, remaining=count, reset_s=MINUTE_S), pipeline.RequestLimit(
            name, count
        )
    verdict = hit(name, count)
    if not verdict.allowed:
        raise RateLimitedError(retry_after_s=verdict.reset_s)
    return verdict, None


def _keep_for_later(credential: Credential, event: Event, now: datetime) -> Answer | None:
    """Queue an event of an entity this credential speaks for; others are answered at once."""
    found = find_entity(event.entity)
    if found is None or not pipeline.speaks_for(credential, found):
        return None
    verdict = hit(key_counter_name(credential), credential.requests_per_minute)
    if not verdict.allowed:
        raise RateLimitedError(retry_after_s=verdict.reset_s)
    execution_id, event_id = accept(
        event,
        community_id=found.community_id,
        proves_author=Scope.IDENTITY_VERIFY in credential.scopes,
        now=now,
    )
    nudge()
    body = {"event_id": event_id, "execution_id": str(execution_id), "outcome": Outcome.PENDING}
    place = f"/router/v1/events/{quote(event_id, safe='')}?platform={event.platform}"
    headers = [*_headers(credential, verdict), ("Location", place)]
    return Answer(
        202, encode({**body, "actions": []}), [*headers, ("Preference-Applied", "respond-async")]
    )


def _checked(credential: Credential, item: Event | Refused) -> Event | Refused:
    if isinstance(item, Event):
        try:
            _refuse_another_platform(credential, item)
        except ForbiddenError as error:
            return Refused(item.event_id or None, error)
    return item


def _refuse_another_platform(credential: Credential, event: Event) -> None:
    if credential.platform and event.platform != credential.platform:
        raise ForbiddenError(f"This key is for {credential.platform} only.")


def _headers(credential: Credential, verdict: Verdict) -> Headers:
    return list(limit_headers(verdict, count=credential.requests_per_minute).items())


EVENT: Final = Route("core_router", take_event, EVENT_BYTES)
BATCH: Final = Route("core_router", take_batch, BATCH_BYTES)
ROUTES: Final = {"/router/v1/events": EVENT, "/router/v1/events/batch": BATCH}
"""What stands before Django."""
