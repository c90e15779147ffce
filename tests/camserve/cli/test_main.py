import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from camserve import __version__
from camserve.cli import cameras

from .conftest import Run

HEAVY = ("alembic", "cv2", "hypercorn", "numpy", "platformdirs", "quart", "sqlalchemy", "trio")


def python(*words: str, **environ: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, *words], capture_output=True, text=True, env={**os.environ, **environ}
    )


def test_version(camserve: Run) -> None:
    outcome = camserve("--version")
    assert (outcome.status, outcome.out, outcome.err) == (0, f"camserve {__version__}\n", "")


def test_it_runs_as_a_module() -> None:
    done = python("-m", "camserve", "--version")
    assert (done.returncode, done.stdout) == (0, f"camserve {__version__}\n")


def test_help_and_usage_errors_import_nothing_heavy() -> None:
    code = (
        "import sys; from camserve.cli import main; main(['run', '--oops'])\n"
        f"print(sorted(set({HEAVY}) & set(sys.modules)))"
    )
    done = python("-c", code)
    assert done.stdout == "[]\n"
    assert done.stderr.startswith("camserve: unknown option --oops")


def test_a_bad_setting_is_one_line_and_status_2(camserve: Run, tmp_path: Path) -> None:
    outcome = camserve("run", "--port", "x")
    assert outcome.status == 2
    assert outcome.complaint == "option --port: expected a port number from 0 to 65535, not 'x'"
    file = tmp_path / "camserve.toml"
    file.write_text("prot = 1\n")
    outcome = camserve("camera", "list", "--config", str(file))
    assert outcome.status == 2
    assert outcome.complaint == f"{file}: unknown key 'prot'; did you mean port?"


def test_line_feeds_do_not_break_the_one_line(camserve: Run) -> None:
    outcome = camserve("camera", "list", "a\nb")
    assert outcome.status == 2
    assert "a\\nb" in outcome.complaint


def test_an_unknown_variable_is_logged(camserve: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CAMSERVE_PROT", "1")
    outcome = camserve("camera", "list", "--json", "--log-format", "json")
    assert (outcome.status, outcome.out) == (0, "[]\n")
    record = json.loads(outcome.err)
    assert record["level"] == "warning"
    assert record["message"] == "unknown variable CAMSERVE_PROT; did you mean CAMSERVE_PORT?"


def test_a_data_directory_that_cannot_be_used(camserve: Run, data_dir: Path) -> None:
    data_dir.write_text("")
    outcome = camserve("camera", "list")
    assert outcome.status == 1
    assert outcome.complaint.startswith(f"the data directory {data_dir} cannot be used: ")


def test_a_damaged_database(camserve: Run, data_dir: Path) -> None:
    data_dir.mkdir()
    (data_dir / "camserve.sqlite3").write_text("no database " * 1000)
    outcome = camserve("camera", "list")
    assert outcome.status == 1
    assert "camserve.sqlite3" in outcome.complaint


def test_ctrl_c(camserve: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(config: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(cameras, "make_data_dir", interrupted)
    outcome = camserve("camera", "list")
    assert (outcome.status, outcome.out, outcome.err) == (130, "", "")


def test_a_bug_keeps_its_traceback(camserve: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    def buggy(config: object) -> None:
        raise ModuleNotFoundError("No module named 'camserve.oops'", name="camserve.oops")

    monkeypatch.setattr(cameras, "make_data_dir", buggy)
    with pytest.raises(ModuleNotFoundError):
        camserve("camera", "list")


@pytest.mark.parametrize("words", [["camera", "list"], ["--version"]])
def test_a_reader_that_has_gone_is_no_one_to_complain_to(words: list[str], data_dir: Path) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    try:
        done = subprocess.run(
            [sys.executable, "-m", "camserve", *words],
            stdout=writer,
            stderr=subprocess.PIPE,
            # Unbuffered, argparse itself would meet the closed pipe, and keep quiet about it.
            env={**os.environ, "CAMSERVE_DATA_DIR": str(data_dir), "PYTHONUNBUFFERED": ""},
        )
    finally:
        os.close(writer)
    assert (done.returncode, done.stderr) == (1, b"")


def test_a_terminal_without_umlauts_shows_escapes(data_dir: Path, camserve: Run) -> None:
    assert camserve("camera", "add", "Haustür").status == 0
    environ = {"CAMSERVE_DATA_DIR": str(data_dir), "PYTHONIOENCODING": "ascii"}
    done = python("-m", "camserve", "camera", "list", **environ)
    assert done.returncode == 0
    assert "Haust\\xfcr" in done.stdout
