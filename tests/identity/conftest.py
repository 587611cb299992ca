import pytest

from identity.operations import audit
from tests.lib.conftest import redis_is_down

__all__ = ["redis_is_down"]


@pytest.fixture(autouse=True)
def _all_in_one_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    """Refusals are counted by the minute; let none end within a test."""
    audit.gate.reset()
    monkeypatch.setattr(audit, "current_minute", lambda: 0)
