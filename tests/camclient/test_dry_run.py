"""`--dry-run`, as a process."""

import os
import signal
import subprocess
from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.processes import python, run, running


def dry_run(*options: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return run(python("camclient", *options), **variables)


def test_it_takes_pictures_without_a_server_and_tells_what_they_are_like() -> None:
    options = ["--source", "test", "--width", "320", "--height", "240", "--fps", "10"]
    done = dry_run("--dry-run", *options, "--quality", "70")
    assert (done.returncode, done.stderr) == (0, "")
    first, costs, missing = done.stdout.splitlines()
    assert first.startswith("test: 320x240, ")
    assert first.endswith(" fps, encoded with quality 70")
    assert 8 < float(first.split()[2]) < 11
    assert " kB per picture, " in costs
    assert " ms of CPU per picture, " in costs
    assert missing.startswith("before it can connect: missing: the camera id")


def test_its_variable_does_the_same_and_what_is_complete_is_not_mentioned() -> None:
    options = ["--server", "ws://127.0.0.1:9", "--camera-id", "1", "--source", "test"]
    done = dry_run(*options, CAMCLIENT_TOKEN="x", CAMCLIENT_DRY_RUN="true", CAMCLIENT_QALITY="3")
    assert (done.returncode, done.stderr) == (0, "")
    assert len(done.stdout.splitlines()) == 3
    assert "unknown variable CAMCLIENT_QALITY" in done.stdout


def program(tmp_path: Path, *lines: str) -> str:
    """A source that runs this script; $1 holds 4 MB of JPEGs of 64x48."""
    pictures, script = tmp_path / "pictures", tmp_path / "script"
    picture = cv2.imencode(".jpg", np.zeros((48, 64, 3), np.uint8))[1].tobytes()
    pictures.write_bytes(picture * (4_000_000 // len(picture)))
    script.write_text("\n".join(["#!/bin/sh", *lines, ""]))
    script.chmod(0o755)
    return f"exec:{script} {pictures}"


def test_a_source_that_cannot_be_opened_is_told_with_status_1() -> None:
    done = dry_run("--dry-run", "--source", "/nowhere/clip.avi")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "camclient: source /nowhere/clip.avi: there is no such file\n"


def test_a_program_that_is_over_is_told_with_what_to_do(tmp_path: Path) -> None:
    done = dry_run("--dry-run", "--source", program(tmp_path, "head -c 400000 $1"))
    assert done.returncode == 1
    assert " pictures, then ended with status 0; a program that ends is started" in done.stderr
    assert done.stderr.endswith("or ffmpeg's -stream_loop -1\n")


@pytest.mark.parametrize(
    "options", [["--fps", "0"], ["--source", "test:9"], ["--camera-id", "none"]]
)
def test_wrong_usage_is_wrong_in_a_dry_run_too(options: list[str]) -> None:
    done = dry_run("--dry-run", *options)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_it_tells_what_there_was(tmp_path: Path, number: signal.Signals) -> None:
    os.mkfifo(pipe := tmp_path / "pipe")
    # So much does not fit into a pipe: the first ones have been dealt with when all are written.
    source = program(tmp_path, "cat $1", f"echo so far > {pipe}", "exec sleep 60")
    with running(python("camclient", "--dry-run", "--source", source)) as client:
        assert pipe.read_text() == "so far\n"
        assert client.stop(number, timeout=10) == 0
    assert " 64x48, " in client.out.text
    assert "JPEGs as they came" in client.out.text


def test_interrupted_before_the_first_picture_it_says_so(tmp_path: Path) -> None:
    os.mkfifo(pipe := tmp_path / "pipe")
    source = program(tmp_path, f"echo begun > {pipe}", "exec sleep 60")
    with running(python("camclient", "--dry-run", "--source", source)) as client:
        assert pipe.read_text() == "begun\n"
        assert client.stop(signal.SIGINT, timeout=10) == 0
    assert "gives no pictures (stopped before the first one)" in client.err.text
