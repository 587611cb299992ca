"""What went wrong, in one line for the person at the keyboard."""


def explain(error: Exception) -> str | None:
    """Return a line that says what to do, or None for a bug of ours, which keeps its traceback."""
    import redis
    from django.core.exceptions import ImproperlyConfigured
    from django.db.utils import OperationalError

    from waddlebot.lib.env import BadSettingError
    from waddlebot.lib.errors import DomainError
    from waddlebot.lib.sealing import BrokenSealError
    from waddlebot.runtime.folder import Refusal

    if isinstance(error, BrokenSealError):
        return "this database was filled under another SECRET_KEY: set that one"
    if isinstance(error, DomainError):
        flaws = "; ".join(flaw.detail for flaw in error.errors)
        return f"{error.detail} {flaws}".strip()
    if isinstance(error, OperationalError):
        return f"the database at DATABASE_URL does not work: {_first_line(error)}"
    if isinstance(error, redis.RedisError):
        return f"Redis at REDIS_URL does not work: {_first_line(error)}"
    if isinstance(error, Refusal | BadSettingError | ImproperlyConfigured):
        return _first_line(error)
    return None


def _first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]
