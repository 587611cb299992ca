"""What a person sees of a page."""

import re
from html import unescape
from typing import Any

TAG = re.compile(r"<[^>]+>")
CODE = re.compile(r"!verify ([A-Z2-9]{6})")


def text_of(response: Any) -> str:
    """Return the words of the main part, in one line."""
    main = response.content.decode().partition("<main")[2].partition(">")[2]
    return " ".join(unescape(TAG.sub(" ", main)).split())


def alert_of(response: Any) -> str:
    found = re.search(r'role="alert">(.*?)</(p|div)>', response.content.decode(), re.DOTALL)
    return " ".join(unescape(TAG.sub(" ", found[1])).split()) if found else ""


def code_of(response: Any) -> str:
    found = CODE.search(response.content.decode())
    assert found, text_of(response)
    return found[1]
