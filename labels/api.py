"""The only labels module, beside `data` and `signals`, that other apps import."""

from labels.operations.assigning import give, take
from labels.queries.held import names_of

__all__ = ["give", "names_of", "take"]
