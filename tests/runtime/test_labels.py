import io
import json
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from identity.models import Community, User
from labels.models import Job, Label, UserLabel
from labels.tasks import run_import
from tests import make
from waddlebot.cli import labels as command
from waddlebot.cli import main
from waddlebot.cli.progress import Bars

NUDGE = "labels.operations.importing.intake.nudge"


@pytest.fixture
def file(tmp_path: Path, rookery: Community, alice: User) -> str:
    """Return a file with a good line and a bad one."""
    Label.objects.create(community=rookery, name="vip")
    path = tmp_path / "labels.csv"
    path.write_text(f"label,object_id\nvip,{alice.public_id}\nnope,{alice.public_id}\n")
    return str(path)


@pytest.fixture
def worker(monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker that comes at once when it is nudged."""
    monkeypatch.setattr(NUDGE, lambda _: run_import())


@pytest.mark.usefixtures("worker")
def test_a_file_is_imported_and_its_job_printed(
    file: str, capsys: pytest.CaptureFixture[str]
) -> None:
    status = main(["labels", "import", file, "--json"])

    job = json.loads(capsys.readouterr().out)
    assert (status, job["state"], job["created"], job["error_count"]) == (0, "done", 1, 1)
    assert UserLabel.objects.get().given_by == "command line"


@pytest.mark.usefixtures("worker")
def test_a_person_is_told_what_was_done_and_what_failed(
    file: str, capsys: pytest.CaptureFixture[str]
) -> None:
    status = main(["labels", "import", file, "--strict"])

    told = capsys.readouterr()
    assert (status, told.out) == (1, "")
    assert "done: 2 of 2 lines; 1 created\n1 lines failed:\n  line 3: There is no" in told.err


@pytest.mark.usefixtures("worker")
def test_labels_are_taken_again_by_what_is_piped_in(
    file: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["labels", "import", file])
    for words in (["--dry-run"], []):
        with Path(file).open("rb") as piped:
            monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=piped))
            main(["labels", "import", "-", "--remove", "--community", "rookery", *words])

    assert "(dry run: nothing is written); 1 removed" in capsys.readouterr().err
    assert not UserLabel.objects.filter(ended_at=None).exists()


def test_who_interrupts_cancels_the_job(
    file: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupt(_: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(command, "time", SimpleNamespace(sleep=interrupt))

    assert main(["labels", "import", file]) == 1
    assert Job.objects.get().state == "cancelled"
    assert "no worker is running" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["nothing.csv"], "nothing.csv cannot be read: No such file or directory"),
        (["/"], "/ cannot be read: Is a directory"),
        (["{file}", "--community", "reef"], "there is no community 'reef'"),
        (["{file}"], "name a community with --community: there is more than one"),
    ],
)
def test_what_cannot_be_is_refused_in_one_line(
    file: str, alice: User, words: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    make.community(owner=alice)
    status = main(["labels", "import", *(word.format(file=file) for word in words)])

    error = capsys.readouterr().err
    assert (status, error.count("\n")) == (1, 1)
    assert told in error


def test_a_file_that_is_none_is_refused_with_its_line(
    rookery: Community, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "labels.csv"
    path.write_bytes(b"label,object_id\nvip,\xff\n")

    assert main(["labels", "import", str(path)]) == 1
    assert "Line 2: This is not UTF-8." in capsys.readouterr().err


def test_the_bars_tell_how_much_is_sent_and_done(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = io.StringIO()
    monkeypatch.setattr(terminal, "isatty", lambda: True)
    monkeypatch.setattr(sys, "stderr", terminal)
    with Bars(is_shown=True) as bars, Path(__file__).open("rb") as file:
        bars.sending(file).read(10**6)
        bars.show({"done": 1500, "total": 3000, "error_count": 2})

    assert "sending" in terminal.getvalue()
    assert "1,500 of 3,000 2 failed" in terminal.getvalue()
