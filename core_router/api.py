"""The only router module, beside `data`, that other apps import."""

from core_router.operations.commands import CommandWish, add_command
from core_router.operations.connecting import begin, begun_by, offered, redeem
from core_router.operations.connections import connect, disconnect
from core_router.operations.entities import Claim, claim_entity
from core_router.operations.modules import give_modules
from core_router.queries.commands import command_table
from core_router.queries.connections import connection_rows
from core_router.queries.entities import entities_of

__all__ = [
    "Claim",
    "CommandWish",
    "add_command",
    "begin",
    "begun_by",
    "claim_entity",
    "command_table",
    "connect",
    "connection_rows",
    "disconnect",
    "entities_of",
    "give_modules",
    "offered",
    "redeem",
]
