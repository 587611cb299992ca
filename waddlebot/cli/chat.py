"""`waddlebot chat`: type lines, see what the bot does, over real HTTP."""

import argparse
import json
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from waddlebot.cli.attach import add_data_option, use_django
from waddlebot.runtime.folder import Refusal

if TYPE_CHECKING:
    from waddlebot.cli.chat_later import LaterAnswers


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

    from waddlebot.cli.chat_later import LaterAnswers
    from waddlebot.cli.chat_view import show_action
    from waddlebot.demo import PLATFORM, build

    found = build(now=timezone.now())
    entity = f"{options.platform}+{found.community['slug']}"
    # Our own server: no proxy is between us.
    ways: dict[str, Any] = {"timeout": 40, "trust_env": False}
    with (
        httpx.Client(base_url=found.base_url, **ways) as client,
        httpx.Client(base_url=found.overlay_url, **ways) as overlay,
    ):
        if options.platform != PLATFORM:
            claim(client, options.platform, key=found.admin_key)
        for each in (client, overlay):
            each.headers["Authorization"] = f"Bearer {found.collector_key}"
        talk(client, options, entity, LaterAnswers(overlay, entity, show_action))
    return 0


def talk(client: Any, options: argparse.Namespace, entity: str, later: "LaterAnswers") -> None:
    from waddlebot.cli.chat_view import show, show_welcome

    is_console = sys.stdin.isatty() and not options.json
    if is_console:
        show_welcome(options.name, entity)
    for line in lines(f"{options.name}> " if is_console else ""):
        answer = send(client, options, line)
        if options.json:
            print(json.dumps(answer, ensure_ascii=False), flush=True)
            continue
        show(answer, line="" if is_console else f"{options.name}> {line}")
        if answer["outcome"] == "pending":
            later.expect(answer["execution_id"])
    if not is_console:
        later.wait()


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
