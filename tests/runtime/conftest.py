import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.runtime.running import Up


@pytest.fixture(scope="session")
def folder() -> Iterator[Path]:
    # Not pytest's own: as root, PostgreSQL is another account and must be able to enter.
    folder = Path(tempfile.mkdtemp(prefix="wb-up-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def up(folder: Path, request: pytest.FixtureRequest) -> Iterator[Up]:
    name = request.module.__name__.rpartition(".")[2]
    (folder / name).mkdir()
    up = Up(folder / name / "data")
    up.start()
    yield up
    up.stop()
