"""A collector that `waddlebot up` starts, and which cannot live."""

import httpx
import pytest

from tests.collectors.conftest import House
from tests.runtime.running import wait_until

pytestmark = pytest.mark.xdist_group("collectors")


def test_up_says_what_is_missing_and_lives_on(house: House) -> None:
    wait_until(lambda: "slack ended (exit status 1)" in house.log, "its end")
    wait_until(lambda: house.log.count("SLACK_APP_TOKEN (xapp-") > 1, "another try")

    assert httpx.get(f"{house.settings['PUBLIC_URL']}/health").status_code == 200
