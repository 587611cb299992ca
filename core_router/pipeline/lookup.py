"""Is it a command, and which one?"""

from core_router import registry
from core_router.data import CHAT_TYPES, Outcome, Reason
from core_router.pipeline.context import Context, Verdict
from core_router.queries.commands import command_table
from core_router.queries.hooks import hooks_of

PREFIXES = ("!", "#")
SLASH = "/"


def lookup(context: Context) -> Verdict | None:
    event = context.event
    if event.message_type not in CHAT_TYPES:
        context.detail = f"{event.message_type} is no chat"
        return Verdict(Outcome.DELIVERED if _is_told(context) else Outcome.IGNORED)
    prefix, rest = split_prefix(event.message_content, event.message_type)
    if not prefix or not rest or rest[0].isspace():
        context.detail = "plain chat"
        return Verdict(Outcome.IGNORED)
    word, *arguments = rest.split(None, 1)
    context.word, context.raw_args = word, arguments[0].rstrip() if arguments else ""
    context.command = command_table(context.tenant.id).find(prefix, word)
    if context.tracing:
        context.detail = f"{prefix}{word} is {'known' if context.command else 'unknown'} here"
    if context.command is None:
        return Verdict(
            Outcome.UNKNOWN_COMMAND,
            Reason("unknown_command", "No command of this community has that name."),
            remedy="a command of that name",
        )
    return None


def _is_told(context: Context) -> bool:
    """Return whether a hook or a built-in module hears of such events here."""
    kind, community_id = context.event.message_type, context.tenant.id
    return kind in hooks_of(community_id) or any(
        kind in module.hears(community_id) for module in registry.listeners(kind)
    )


def split_prefix(text: str, message_type: str) -> tuple[str, str]:
    """Return the prefix and what follows; an empty prefix is plain chat."""
    text = text.lstrip()
    if message_type == "slashCommand":
        return "!", text[1:] if text[:1] in {SLASH, *PREFIXES} else text
    return (text[:1], text[1:]) if text[:1] in PREFIXES else ("", text)
