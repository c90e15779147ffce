"""The commands of docs/how_to_guides/backup.md bring a lost server back."""

import json
import shutil
import signal
import sqlite3
from collections.abc import Iterator
from contextlib import closing, suppress
from os import kill
from pathlib import Path

import pytest

from tests.e2e.guides.runner import Workplace
from tests.e2e.guides.snippets import Snippet, snippets
from tests.processes import ROOT, RealServer, eventually, python, run

PAGE = ROOT / "docs/how_to_guides/backup.md"
#: What systemd would do, with this test's server. Nobody may have reaped a process that ended.
SYSTEMCTL = """#!/bin/sh
case "$1 $2" in
"start camserve")
    camserve run > "$HOME/log" 2>&1 &
    echo $! > "$HOME/pid" ;;
"stop camserve")
    read pid < "$HOME/pid"
    kill "$pid" 2>/dev/null
    while grep -qs '^State:.[^Z]' "/proc/$pid/status"; do sleep 0.05; done ;;
*) exit 1 ;;
esac
"""


@pytest.fixture
def work(tmp_path: Path) -> Iterator[Workplace]:
    """A server that runs, and where the page's commands do."""
    if shutil.which("sqlite3") is None:
        pytest.skip("needs Debian's sqlite3")
    folder, data_dir = tmp_path / "place", tmp_path / "data"
    folder.mkdir()
    work = Workplace(RealServer(None, "127.0.0.1", 0, 0), data_dir, folder)  # type: ignore[arg-type]
    (folder / "bin/systemctl").write_text(SYSTEMCTL)
    (folder / "bin/systemctl").chmod(0o755)
    work.run(snippet_of("systemctl start camserve"))
    try:
        wait_until_it_runs(work)
        yield work
    finally:
        with suppress(ProcessLookupError):
            kill(int((folder / "pid").read_text()), signal.SIGKILL)


def snippet_of(text: str) -> Snippet:
    return Snippet(PAGE, 0, "run", "", text)


def with_command(command: str) -> Snippet:
    (found,) = [one for one in snippets(PAGE) if command in one.text]
    return found


def wait_until_it_runs(work: Workplace) -> None:
    eventually(lambda: "watch " in (work.folder / "log").read_text())


def camserve(work: Workplace, *words: str) -> str:
    done = run(python("camserve", "camera", *words, "--data-dir", work.data_dir))
    assert done.returncode == 0, done.stderr
    return done.stdout


def leave_changes_behind(database: Path) -> None:
    """What a server that was killed may leave: SQLite would add this to whatever it finds."""
    log = database.with_name(f"{database.name}-wal")
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("PRAGMA wal_autocheckpoint = 0")
        connection.execute("DELETE FROM camserve_cameras")
        connection.commit()
        content = log.read_bytes()
    log.write_bytes(content)


def test_what_was_saved_comes_back(work: Workplace) -> None:
    token = json.loads(camserve(work, "add", "front door", "--json"))["token"]
    rotated = camserve(work, "token", "1", "--rotate")
    assert rotated.strip() != token
    before = camserve(work, "list", "--json")
    work.run(with_command("mkdir -p camserve-backup"))  # while the server runs
    saved = work.work / "camserve-backup"
    assert {one.name for one in saved.iterdir()} == {"camserve.sqlite3", "secret"}
    assert not any(one.stat().st_mode & 0o077 for one in [saved, *saved.iterdir()])

    camserve(work, "remove", "1")
    camserve(work, "add", "somebody else's")
    (work.data_dir / "secret").write_text("of another server, forty characters long")
    work.run(snippet_of("systemctl stop camserve"))
    leave_changes_behind(work.data_dir / "camserve.sqlite3")
    work.run(with_command("systemctl stop camserve"))
    wait_until_it_runs(work)

    assert "front door" in work.output
    assert camserve(work, "list", "--json") == before
    assert camserve(work, "token", "1") == rotated
    assert not any(one.stat().st_mode & 0o077 for one in work.data_dir.iterdir())


def test_a_lost_machine_comes_back_on_a_new_one(work: Workplace) -> None:
    token = json.loads(camserve(work, "add", "front door", "--json"))["token"]
    work.run(with_command("mkdir -p camserve-backup"))
    work.run(snippet_of("systemctl stop camserve"))
    shutil.rmtree(work.data_dir)
    work.run(snippet_of("systemctl start camserve"))
    wait_until_it_runs(work)
    work.run(with_command("systemctl stop camserve"))
    wait_until_it_runs(work)
    assert camserve(work, "token", "1").strip() == token
