from collections.abc import Iterator

import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from waddlebot.lib import redis as redis_door


@pytest.fixture
def redis_is_down(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Point the one client at a port where nobody listens."""
    client = redis_door.client()
    nobody = redis.Redis(host="127.0.0.1", port=1, retry=Retry(NoBackoff(), 0))
    pool, client.connection_pool = client.connection_pool, nobody.connection_pool
    yield
    client.connection_pool = pool
