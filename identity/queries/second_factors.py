"""Who has a second factor, from this process' memory."""

from allauth.mfa.models import Authenticator

from waddlebot.lib.cache import LocalCache

# Recovery codes alone are none: they stand in for one that was lost.
FACTORS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)


def _load(user_id: str) -> bool:
    factors = Authenticator.objects.filter(user_id=int(user_id), type__in=FACTORS)
    return bool(factors.exists())


_cache = LocalCache("second_factors", _load)


def has_second_factor(user_id: int) -> bool:
    return _cache.get(str(user_id))
