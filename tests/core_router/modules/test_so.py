"""`!so`."""

from collections.abc import Callable

import pytest

from core_router.sdk import RefusedError

Tell = Callable[..., str]


@pytest.mark.parametrize("line", ["!so bob", "!so @bob", "!shoutout bob please"])
def test_it_recommends_a_channel(tell: Tell, line: str) -> None:
    assert tell(line) == "Go and see bob! https://twitch.tv/bob"


@pytest.mark.parametrize(
    ("platform", "link"),
    [
        ("kick", " https://kick.com/bob"),
        ("youtube", " https://youtube.com/@bob"),
        ("discord", ""),
    ],
)
def test_the_link_is_the_platforms(tell: Tell, platform: str, link: str) -> None:
    assert tell("!so bob", platform=platform) == f"Go and see bob!{link}"


@pytest.mark.parametrize("name", ['"bob the builder"', "bob/../x", "bob?x=1", "<@123>", "ev:il"])
def test_what_is_no_name_gets_no_link(tell: Tell, name: str) -> None:
    assert "https" not in tell(f"!so {name}")


@pytest.mark.parametrize("name", ["@", '""', '" "', "@@@"])
def test_nobody_is_nobody(tell: Tell, name: str) -> None:
    with pytest.raises(RefusedError, match="Usage"):
        tell(f"!so {name}")


def test_it_pings_no_crowd(tell: Tell) -> None:
    assert tell("!so @everyone").startswith("Go and see everyone!")
    assert "@everyone" not in tell("!so x@everyone")
