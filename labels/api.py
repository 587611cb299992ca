"""The only labels module, beside `data` and `signals`, that other apps import."""

from labels.operations import give, take
from labels.queries import names_of

__all__ = ["give", "names_of", "take"]
