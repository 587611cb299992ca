"""What allauth asks us, by the names in `settings`."""

from identity.adapters.account import AccountAdapter
from identity.adapters.others import HeadlessAdapter, MfaAdapter, SessionsAdapter
from identity.adapters.social import SocialAdapter

__all__ = ["AccountAdapter", "HeadlessAdapter", "MfaAdapter", "SessionsAdapter", "SocialAdapter"]
