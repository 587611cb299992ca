"""What the router announces."""

from django.dispatch import Signal

# Sent when executions have been counted, some two minutes behind them, inside the transaction
# that counts them: each execution that ended is in exactly one of these, whatever is killed when.
# Whoever receives it writes in that transaction, and below the router (marketplace) by a handler
# of the router's that calls their api.
# Arguments: used: tuple[core_router.data.Used, ...], now: datetime
command_executed = Signal()
