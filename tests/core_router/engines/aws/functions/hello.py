"""Functions of AWS Lambda, good and bad, as communities write them."""

import os
import time
from typing import Any


def handler(event: dict[str, Any], _context: object) -> dict[str, str]:
    return {"text": f"Hello, {event['user']['display_name']}!"}


def silent(_event: dict[str, Any], _context: object) -> None:
    return None


def raising(_event: dict[str, Any], _context: object) -> None:
    raise ValueError("hunter2 is my password")


def slow(_event: dict[str, Any], _context: object) -> None:
    time.sleep(60)


def dying(_event: dict[str, Any], _context: object) -> None:
    os._exit(1)


def odd(_event: dict[str, Any], _context: object) -> object:
    return {"when": object()}


def chatty(_event: dict[str, Any], _context: object) -> dict[str, str]:
    return {"text": "x" * 300_000}


def wrong(_event: dict[str, Any], _context: object) -> list[str]:
    return ["hello"]
