"""The check of the source: what works, and why it does not."""

import sys
from collections.abc import Callable
from functools import partial

import pytest

from camclient.doctor.camera import check_source
from camclient.doctor.finding import Finding, Verdict
from camclient.sources import (
    EndedWellError,
    InvalidSourceError,
    MissingOpenCVError,
    Source,
    SourceError,
    SourceOptions,
)
from camclient.sources import parse_source as parse
from camclient.trial import Trial
from tests.camclient.doctor.computer import Computer
from tests.camclient.fakes import FakeSource


async def check(
    computer: Computer, spec: str, make: Callable[[], Source] | None = None
) -> tuple[Finding, Trial | None]:
    return await check_source(spec, make or partial(parse, spec), 80, computer.root)


def raising(error: Exception) -> Callable[[], Source]:
    """A source that cannot be made."""

    def make() -> Source:
        raise error

    return make


def failing(error: Exception) -> Callable[[], Source]:
    """A source that cannot be opened."""
    return lambda: FakeSource(lambda: iter([error]))


async def test_a_source_that_works(computer: Computer) -> None:
    finding, trial = await check(computer, "test")
    assert finding.verdict is Verdict.OK
    assert finding.text.startswith("test: 640x360, ")
    assert " kB per picture, " in finding.hints[0]
    assert trial is not None
    assert trial.size == (640, 360)


async def test_no_camera_there(computer: Computer) -> None:
    computer.camera(2, "HD Webcam")
    finding, trial = await check(computer, "77", failing(SourceError("there is no /dev/video77")))
    assert (finding.verdict, trial) == (Verdict.FAIL, None)
    assert finding.text == "there is no /dev/video77"
    assert finding.hints == ("there is /dev/video2: HD Webcam",)


async def test_a_camera_in_use_is_explained_by_who_has_it(computer: Computer) -> None:
    device = computer.camera(0, "HD Webcam")
    computer.process(812, "motion", name="motion", uses=device)
    error = SourceError("/dev/video0 gives no pictures (in use by another program?)")
    finding, _ = await check(computer, "/dev/video0", failing(error))
    assert finding.text == "/dev/video0 is in use by motion (process 812)"


async def test_a_camera_whose_fault_cannot_be_seen(computer: Computer) -> None:
    computer.camera(0, "HD Webcam")
    finding, _ = await check(computer, "0", failing(SourceError("gives no pictures")))
    assert finding.text == "0: gives no pictures"
    assert "fuser" in finding.hints[0]


async def test_opencv_is_missing(computer: Computer) -> None:
    error = MissingOpenCVError("source 0 needs OpenCV: pip; Python says: No module named 'cv2'")
    finding, _ = await check(computer, "0", raising(error))
    assert finding.verdict is Verdict.FAIL
    assert finding.text == "OpenCV is missing: No module named 'cv2'"
    assert finding.hints[0].startswith("sudo apt install python3-opencv")


async def test_opencv_is_missing_for_an_option_of_a_program(
    computer: Computer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "cv2", None)
    make = partial(parse, "exec:cat clip.mjpeg", SourceOptions(width=320))
    finding, _ = await check(computer, "exec:cat clip.mjpeg", make)
    assert finding.verdict is Verdict.FAIL
    assert finding.text.startswith("--width needs OpenCV: import of cv2 halted")
    assert finding.hints[0].startswith("sudo apt install python3-opencv")
    assert finding.hints[-1].startswith("without it none is needed")


async def test_a_program_that_is_over_soon_gets_a_hint(computer: Computer) -> None:
    error = EndedWellError("cat gave 40 pictures, then ended with status 0")
    finding, _ = await check(computer, "exec:cat clip.mjpeg", failing(error))
    assert finding.text == "exec:cat clip.mjpeg: cat gave 40 pictures, then ended with status 0"
    assert finding.hints == (error.hint,)


async def test_what_is_no_source(computer: Computer) -> None:
    finding, _ = await check(computer, "test:9", raising(InvalidSourceError("expected test:1")))
    assert (finding.verdict, finding.text) == (Verdict.FAIL, "expected test:1")


@pytest.mark.parametrize(
    ("program", "hint"),
    [
        ("rpicam-vid-not-here", "is it installed? in the PATH of a service?"),
        ("gphoto2", "sudo apt install gphoto2"),
    ],
)
async def test_a_program_that_is_not_there(
    computer: Computer, program: str, hint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    finding, _ = await check(computer, f"exec:{program} --stdout")
    assert finding.verdict is Verdict.FAIL
    assert f"no program {program}" in finding.text
    assert finding.hints == (hint,)


async def test_a_program_that_gives_no_jpegs(computer: Computer) -> None:
    finding, _ = await check(computer, "exec:sh -c 'echo hello'")
    assert finding.verdict is Verdict.FAIL
    assert finding.hints[1] == "sh -c 'echo hello' | head -c 1000000 | wc -c"


async def test_an_address_that_gives_nothing(computer: Computer) -> None:
    address = "http://127.0.0.1:9/stream"
    finding, _ = await check(computer, address, failing(SourceError("cannot be opened")))
    assert finding.text == f"{address}: cannot be opened"
    assert "ffplay" in finding.hints[0]


async def test_a_file_that_is_not_there(computer: Computer) -> None:
    finding, _ = await check(computer, "/nowhere/clip.avi")
    assert finding.text == "/nowhere/clip.avi: there is no such file"


async def test_a_bug_does_not_hide_what_other_checks_find(computer: Computer) -> None:
    finding, _ = await check(computer, "0", failing(ZeroDivisionError("oops")))
    assert finding.verdict is Verdict.FAIL
    assert finding.text == "0: unexpected ZeroDivisionError: oops"
