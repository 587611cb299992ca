"""Repeating what somebody typed without doing what it says."""

import re

# Control characters end a line of IRC early; lone surrogates cannot be sent; overrides of the
# writing direction make a text read as another one.
_UNSEEN = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufffe\uffff\ud800-\udfff]+"
)
_EVERYBODY = re.compile(r"@(?=everyone|here|channel|all\b)|<(?=!|@&)", re.IGNORECASE)
_ORDERS = ("/", ".", "!", "#", "\\")
ZERO_WIDTH = "\u200b"


def plain(text: str) -> str:
    """Return the text in one line, without what cannot be seen or sent."""
    return text if text.isprintable() else _UNSEEN.sub(" ", text)


def echo(text: str, most: int = 2000) -> str:
    """Return a text from chat, fit to be repeated: it pings no crowd and hides nothing.

    Longer ones end in an ellipsis.
    """
    text = plain(text if len(text) <= most else text[: most - 1] + "…")
    if "@" in text or "<" in text:
        text = _EVERYBODY.sub(rf"\g<0>{ZERO_WIDTH}", text)
    return text


def disarm(line: str) -> str:
    """Return a whole line that no platform, and no bot, takes for a command."""
    return ZERO_WIDTH + line if line.lstrip()[:1] in _ORDERS and line.strip() else line
