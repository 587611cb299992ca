import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.core import signing
from pytest_django import Settings

from waddlebot.lib.sealing import BrokenSealError, SealedSession, seal, unseal


class Raw:
    """Shows the bytes under the signature."""

    def dumps(self, obj: bytes) -> bytes:
        return obj

    def loads(self, data: bytes) -> bytes:
        return data


def test_what_was_sealed_comes_back() -> None:
    sealed = seal(b"a webhook secret")

    assert b"webhook" not in sealed
    assert unseal(sealed) == b"a webhook secret"


def test_an_old_key_still_opens_what_it_sealed(settings: Settings) -> None:
    sealed = seal(b"a webhook secret")

    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another-key-" * 5

    assert unseal(sealed) == b"a webhook secret"


def test_another_key_opens_nothing(settings: Settings) -> None:
    sealed = seal(b"a webhook secret")

    settings.SECRET_KEY = "another-key-" * 5

    with pytest.raises(BrokenSealError):
        unseal(sealed)


def test_a_changed_seal_is_broken() -> None:
    with pytest.raises(BrokenSealError):
        unseal(seal(b"a webhook secret")[:-4] + b"AAA=")


@pytest.mark.django_db
def test_what_waits_in_a_session_cannot_be_read_in_the_database() -> None:
    session = SessionStore()
    session["code"] = "PRWLHPRL"
    session.save()

    stored = Session.objects.get(pk=session.session_key).session_data
    unsigned = signing.loads(stored, salt=session.key_salt, serializer=Raw)

    assert b"PRWLHPRL" not in unsigned
    assert SessionStore(session.session_key)["code"] == "PRWLHPRL"


def test_a_session_from_before_they_were_sealed_is_still_read() -> None:
    assert SealedSession().loads(b'{"_auth_user_id":"1"}') == {"_auth_user_id": "1"}
