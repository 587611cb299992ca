import argparse
import os
import pwd
import socket
import stat
from pathlib import Path

import pytest

from waddlebot.cli import main
from waddlebot.cli.attach import use_django
from waddlebot.runtime.accounts import Account, PostgresError, account, require_way_in
from waddlebot.runtime.folder import DataFolder, Refusal, default_folder, open_log
from waddlebot.runtime.ports import bind_problem, require_free


@pytest.fixture
def data(tmp_path: Path) -> DataFolder:
    folder = DataFolder(tmp_path / "data")
    folder.make()
    return folder


def test_its_secret_stays_the_same_and_private(data: DataFolder) -> None:
    first = data.secret_key()

    assert data.secret_key() == first
    assert stat.S_IMODE((data.path / "secret_key").stat().st_mode) == 0o600


def test_only_one_owns_it(data: DataFolder) -> None:
    data.lock()

    with pytest.raises(Refusal, match="is running on"):
        DataFolder(data.path).lock()


def test_a_command_attaches_to_what_runs(
    data: DataFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REDIS_URL", "redis://set-before")
    monkeypatch.delenv("DATABASE_URL")
    data.lock()
    data.publish({"DATABASE_URL": "postgresql:///published", "REDIS_URL": "redis://published"})

    assert DataFolder(data.path).attach()
    assert os.environ["DATABASE_URL"] == "postgresql:///published"
    assert os.environ["REDIS_URL"] == "redis://set-before"


def test_what_a_killed_one_has_left_is_not_attached_to(data: DataFolder) -> None:
    data.publish({"DATABASE_URL": "postgresql:///gone"})
    (data.path / "lock").touch()

    assert not DataFolder(data.path).attach()


def test_a_command_finds_the_folder_that_up_was_given(
    data: DataFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("WADDLEBOT_DATA", raising=False)
    monkeypatch.delenv("SECRET_KEY")
    monkeypatch.setattr("waddlebot.runtime.folder.home_folder", lambda: tmp_path / "home")
    data.lock()
    data.publish({"SECRET_KEY": "published"})
    data.point_here()

    use_django(argparse.Namespace(data=None))
    assert os.environ["SECRET_KEY"] == "published"


def test_a_command_without_servers_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("DATABASE_URL")

    assert main(["demo", "--data", str(tmp_path / "none")]) == 1
    assert "start it with `waddlebot up`" in capsys.readouterr().err


def test_a_folder_that_cannot_be_made_is_a_refusal(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(Refusal, match="choose another with --data"):
        DataFolder(tmp_path / "file" / "data").make()


def test_the_environment_names_the_default(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("WADDLEBOT_DATA", str(tmp_path))

    assert default_folder() == tmp_path


def test_a_log_that_grew_too_long_is_kept_once(tmp_path: Path) -> None:
    log = tmp_path / "postgres.log"
    with log.open("wb") as file:
        file.truncate(10_000_001)

    os.close(open_log(log))
    assert log.stat().st_size == 0
    assert (tmp_path / "postgres.log.1").stat().st_size == 10_000_001


def test_a_busy_port_is_a_refusal_that_names_a_free_one() -> None:
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen()
        port = busy.getsockname()[1]

        with pytest.raises(Refusal, match=rf"port {port} is in use: .* try --port \d+"):
            require_free("127.0.0.1", port, "--port")
    assert bind_problem("127.0.0.1", port) == 0


def test_a_foreign_address_is_a_refusal() -> None:
    with pytest.raises(Refusal, match="no address of this machine"):
        require_free("192.0.2.1", 8000, "--port")


@pytest.fixture
def _we_are_root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("waddlebot.runtime.accounts.os.geteuid", lambda: 0)


@pytest.mark.usefixtures("_we_are_root")
@pytest.mark.parametrize(
    ("name", "told"), [("root", "refuses root"), ("nobody-at-all", "there is no account")]
)
def test_an_account_that_cannot_be_is_named(
    name: str, told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WADDLEBOT_PG_USER", name)

    with pytest.raises(PostgresError, match=f"WADDLEBOT_PG_USER: .*{told}"):
        account(tmp_path / "postgres")


@pytest.mark.usefixtures("_we_are_root")
def test_data_stays_with_the_account_it_belongs_to(tmp_path: Path) -> None:
    if os.getuid() == 0:
        os.chown(tmp_path, pwd.getpwnam("nobody").pw_uid, -1)

    assert account(tmp_path).uid == tmp_path.stat().st_uid


def test_a_folder_that_postgresql_may_not_enter_is_named(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)

    with pytest.raises(PostgresError, match="stranger, who may not enter"):
        require_way_in(closed, Account("stranger", 64_999, 64_999))
