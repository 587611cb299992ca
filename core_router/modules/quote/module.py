"""`!quote`: what somebody once said."""

import random
import re

from core_router.modules.quote import queries
from core_router.modules.quote.models import Quote
from core_router.modules.quote.operations import add_quote, remove_quote
from core_router.sdk import Call, CommandSpec, Module, RefusedError, Reply, Role, echo

HIGHEST = 2**31 - 1

_NUMBER = re.compile(r"#?[0-9]{1,10}")


class Quotes(Module):
    slug = "quote"
    title = "Quotes"
    description = "Keeps what was said in chat, and says it again."
    commands = (
        CommandSpec(
            name="quote",
            description="Says a quote again; moderators add and remove them.",
            usage="[number | words | add <text> | remove <number>]",
            aliases=("quotes",),
        ),
    )

    def handle(self, call: Call) -> Reply:
        word, _, rest = call.raw_args.strip().partition(" ")
        if word.lower() == "add":
            return _add(call, rest)
        if word.lower() == "remove":
            return _remove(call, rest)
        if _is_number(call.raw_args):
            return Reply(_said(_get(call, call.raw_args)))
        if word:
            return Reply(_found(call, call.raw_args.strip()))
        quote = queries.any_quote(call.community.id)
        if quote is None:
            raise RefusedError("There are no quotes yet. A moderator starts: !quote add <text>")
        return Reply(_said(quote))


def _add(call: Call, text: str) -> Reply:
    call.demand(Role.MODERATOR, "add quotes")
    quote = add_quote(
        community_id=call.community.id,
        text=echo(text),
        user_id=call.caller.user_id or None,
        now=call.now,
    )
    return Reply(f"Kept as #{quote.number}.")


def _remove(call: Call, which: str) -> Reply:
    call.demand(Role.MODERATOR, "remove quotes")
    quote = _get(call, which)
    remove_quote(community_id=call.community.id, number=quote.number)
    return Reply(f"Quote #{quote.number} is gone.")


def _get(call: Call, which: str) -> Quote:
    if not _is_number(which):
        raise RefusedError("Which one? Give its number, like 12.")
    number = int(which.strip().removeprefix("#"))
    quote = queries.by_number(community_id=call.community.id, number=min(number, HIGHEST))
    if quote is None:
        raise RefusedError(f"There is no quote #{number}.")
    return quote


def _is_number(text: str) -> bool:
    return _NUMBER.fullmatch(text.strip()) is not None


def _found(call: Call, words: str) -> str:
    found = queries.search(community_id=call.community.id, words=echo(words, 100))
    if not found:
        raise RefusedError(f"No quote says “{echo(words, 50)}”.")
    quote = random.choice(found)  # noqa: S311 - no secret hangs on it.
    return _said(quote) if len(found) == 1 else f"{_said(quote)} · one of {len(found)}"


def _said(quote: Quote) -> str:
    return f"#{quote.number}: {echo(quote.text)} ({quote.added_at:%d %b %Y})"
