import pytest
from pytest_django import Settings

from waddlebot.lib.sealing import BrokenSealError, seal, unseal


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
