from collections.abc import Iterator

import pytest
import redis
from allauth.account.models import EmailAddress
from django_redis import get_redis_connection
from redis.backoff import NoBackoff
from redis.retry import Retry

from identity.models import User
from tests.identity.accounts.browser import PASSWORD, Browser
from waddlebot.lib.redis import client as redis_client


@pytest.fixture
def browser(db: None) -> Browser:
    return Browser()


@pytest.fixture
def alice(alice: User) -> User:
    """Alice can sign in, and her e-mail address is proven."""
    alice.set_password(PASSWORD)
    alice.email = "alice@example.org"
    alice.save()
    EmailAddress.objects.create(user=alice, email=alice.email, verified=True, primary=True)
    return alice


@pytest.fixture
def signed_in(alice: User, browser: Browser) -> Browser:
    browser.sign_in("alice")
    return browser


@pytest.fixture
def no_redis() -> Iterator[None]:
    """Point our client and the cache's at a port where nobody listens."""
    nobody = redis.Redis(host="127.0.0.1", port=1, retry=Retry(NoBackoff(), 0))
    clients = [redis_client(), get_redis_connection()]
    pools = [client.connection_pool for client in clients]
    for client in clients:
        client.connection_pool = nobody.connection_pool
    yield
    for client, pool in zip(clients, pools, strict=True):
        client.connection_pool = pool
