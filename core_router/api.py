"""The only router module, beside `data`, that other apps import."""

from core_router.operations.commands import CommandWish, add_command
from core_router.operations.entities import Claim, claim_entity
from core_router.operations.modules import give_modules
from core_router.queries.commands import command_table
from core_router.queries.entities import entities_of

__all__ = [
    "Claim",
    "CommandWish",
    "add_command",
    "claim_entity",
    "command_table",
    "entities_of",
    "give_modules",
]
