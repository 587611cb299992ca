"""The built-in chat modules of this process."""

from __future__ import annotations

from importlib.metadata import entry_points
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from core_router.sdk import CommandSpec, Module

_modules: dict[str, Module] = {}
_owners: dict[str, str] = {}
_listeners: dict[str, tuple[Module, ...]] = {}


def register(module: Module) -> None:
    """Add a module. Raises ValueError when its slug or one of its words is taken."""
    if module.slug in _modules:
        raise ValueError(f"the module {module.slug} is registered twice")
    words = [word for spec in module.commands for word in (spec.name, *spec.aliases)]
    for word in words:
        if word in _owners:
            raise ValueError(f"!{word} is claimed by {_owners[word]} already")
    _owners.update(dict.fromkeys(words, module.slug))
    _modules[module.slug] = module
    for kind in module.events:
        heard = (*_listeners.get(kind, ()), module)
        _listeners[kind] = tuple(sorted(heard, key=lambda each: (each.priority, each.slug)))


def listeners(message_type: str) -> tuple[Module, ...]:
    """Return the modules that can be told of such events, the first by priority first."""
    return _listeners.get(message_type, ())


def register_installed_packages() -> None:
    """Register what installed Python packages offer in the group `waddlebot.modules`."""
    for point in entry_points(group="waddlebot.modules"):
        register(point.load()())


def module(slug: str) -> Module | None:
    return _modules.get(slug)


def all_modules() -> tuple[Module, ...]:
    return tuple(_modules.values())


def spec_of(slug: str, command: str) -> CommandSpec | None:
    """Return what a module says of one of its commands, its first one for a name of your own."""
    found = _modules.get(slug)
    if found is None:
        return None
    return next((spec for spec in found.commands if spec.name == command), found.commands[0])
