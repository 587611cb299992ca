"""How the chat console shows an answer."""

from collections.abc import Mapping
from typing import Any

from rich.console import Console
from rich.text import Text

console = Console(highlight=False, soft_wrap=True)

QUIET = {
    "ignored": "plain chat: nothing to do",
    "unknown_command": "no such command",
    "duplicate": "seen already",
    "pending": "the module answers later",
    "unknown_entity": "no community has claimed this place",
}


def show_welcome(name: str, entity: str) -> None:
    console.print(f"You are [bold]{name}[/] in [bold]{entity}[/]. Try !help. Ctrl-D ends.")


def show(answer: Mapping[str, Any], *, line: str = "") -> None:
    """Print what happened to one line; `line` is repeated when it was not typed here."""
    if line:
        console.print(Text(line, style="dim"))
    for step in answer.get("trace", []):
        mark, style = ("ok ", "green") if step.get("ok") else ("NO ", "red")
        detail = step.get("detail") or ""
        console.print(Text(f"  {mark} {step.get('step', ''):<12} {detail}", style=style))
    for action in answer["actions"]:
        show_action(action)
    if not answer["actions"]:
        console.print(Text(f"  ({why(answer)})", style="dim"))


def show_action(action: Mapping[str, Any]) -> None:
    console.print(describe(action))


def why(answer: Mapping[str, Any]) -> str:
    outcome = str(answer["outcome"])
    reason = answer.get("reason") or {}
    return f"{outcome}: {reason.get('detail') or QUIET.get(outcome, 'no action')}"


def describe(action: Mapping[str, Any]) -> Text:
    kind = str(action["type"])
    if kind == "chat":
        return Text.assemble(("bot> ", "bold cyan"), str(action["text"]))
    facts = {name: value for name, value in action.items() if name not in {"type", "handled"}}
    shown = ", ".join(f"{name}={value}" for name, value in facts.items() if value is not None)
    handled = " (shown on the overlay)" if action.get("handled") else ""
    return Text.assemble((f"[{kind}] ", "bold magenta"), shown, (handled, "dim"))
