"""`waddlebot chat`: type lines, see what the bot does, over real HTTP."""

import argparse
import json
import sys
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

from waddlebot.cli.attach import add_data_option, use_django
from waddlebot.runtime.folder import Refusal


def add(commands: Any) -> None:
    parser = commands.add_parser("chat", help="a chat console to try the bot in")
    parser.add_argument("--as", dest="name", default="alice", help="who speaks (default: alice)")
    parser.add_argument(
        "--role",
        action="append",
        default=[],
        choices=["broadcaster", "owner", "admin", "moderator", "vip", "subscriber", "member"],
        help="a role on the platform; may be given again",
    )
    parser.add_argument("--platform", default="twitch", help="where (default: twitch)")
    parser.add_argument("--trace", action="store_true", help="show each check")
    parser.add_argument("--json", action="store_true", help="print each answer as a line of JSON")
    add_data_option(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    use_django(options)
    import httpx
    from django.utils import timezone

    from waddlebot.cli.chat_view import show, show_welcome
    from waddlebot.demo import PLATFORM, build

    found = build(now=timezone.now())
    # Our own server: no proxy is between us.
    with httpx.Client(base_url=found.base_url, timeout=40, trust_env=False) as client:
        if options.platform != PLATFORM:
            claim(client, options.platform, key=found.admin_key)
        client.headers["Authorization"] = f"Bearer {found.collector_key}"
        is_console = sys.stdin.isatty() and not options.json
        if is_console:
            show_welcome(options.name, f"{options.platform}+{found.community['slug']}")
        for line in lines(f"{options.name}> " if is_console else ""):
            answer = send(client, options, line)
            if options.json:
                print(json.dumps(answer, ensure_ascii=False), flush=True)
            else:
                show(answer, line="" if is_console else f"{options.name}> {line}")
    return 0


def lines(prompt: str) -> Iterator[str]:
    """Yield what is typed, or piped in, until it ends."""
    while True:
        try:
            text = input(prompt).strip()
        except EOFError:
            if prompt:
                print()
            return
        if text:
            yield text


def send(client: Any, options: argparse.Namespace, text: str) -> dict[str, Any]:
    event_id = str(uuid4())
    event = {
        "event_id": event_id,
        "platform": options.platform,
        "server_id": "rookery",
        "user_id": options.name.lower(),
        "user_name": options.name.lower(),
        "display_name": options.name,
        "user_roles": options.role,
        "message_type": "chatMessage",
        "message_content": text,
        "message_id": event_id,
    }
    path = "/router/v1/events" + ("?trace=true" if options.trace else "")
    return post(client, path, event)


def claim(client: Any, platform: str, *, key: str) -> None:
    """Give the demo community its place on another platform, as its owner would."""
    post(
        client,
        "/router/v1/communities/rookery/entities",
        {"platform": platform, "server_id": "rookery"},
        headers={"Authorization": f"Bearer {key}"},
    )


def post(client: Any, path: str, body: dict[str, Any], **options: Any) -> dict[str, Any]:
    import httpx

    try:
        response = client.post(path, json=body, **options)
        answer: dict[str, Any] = response.json()
    except (httpx.HTTPError, ValueError):
        raise Refusal(
            f"no WaddleBot answers at {client.base_url}: is `waddlebot up` running?"
        ) from None
    if response.is_error:
        flaws = "; ".join(
            f"{e.get('pointer')} {e.get('detail')}" for e in answer.get("errors", [])
        )
        told = f"{answer.get('detail') or answer.get('title')} {flaws}".strip()
        raise Refusal(f"the server refused ({response.status_code}): {told}")
    return answer
