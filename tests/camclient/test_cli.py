"""The program itself, as a process."""

import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import trio

from camserve import __version__
from camserve.wire import FrameReceived, encode_update, jpeg_dimensions
from tests.camclient.fakes import CameraServer, greet

ROOT = Path(__file__).parents[2]
PYTHON = [sys.executable, "-W", "error", "-m", "camclient"]
STOP_LIMIT = 2.0  # seconds


class Program:
    """A running camclient; what it says is collected."""

    def __init__(self, process: trio.Process) -> None:
        self.process = process
        self.said = ""

    async def wait_for(self, text: str) -> None:
        assert self.process.stderr is not None
        with trio.fail_after(20):
            while text not in self.said:
                data = await self.process.stderr.receive_some()
                assert data, f"ended without {text!r}: {self.said}"
                self.said += data.decode()

    async def ends(self) -> int:
        """Its exit status, once everything it said has been read."""
        assert self.process.stderr is not None
        with trio.fail_after(20):
            async for data in self.process.stderr:
                self.said += data.decode()
            return await self.process.wait()

    async def stop(self, number: int = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        started = trio.current_time()
        status = await self.ends()
        assert trio.current_time() - started < STOP_LIMIT
        return status


@asynccontextmanager
async def running(url: str, *options: str) -> AsyncIterator[Program]:
    process = await trio.lowlevel.open_process(
        [*PYTHON, "--server", url, "--camera-id", "7", "--token", "secret", *options],
        cwd=ROOT,
        stderr=subprocess.PIPE,
    )
    try:
        yield Program(process)
    finally:
        if process.returncode is None:
            process.kill()
        with trio.move_on_after(5, shield=True):
            await process.wait()
        assert process.stderr is not None
        await trio.aclose_forcefully(process.stderr)


async def test_pictures_arrive_and_sigterm_ends_it_with_status_0(server: CameraServer) -> None:
    async with running(server.url, "--source", "test:2", "--width", "160") as program:
        session = await greet(server)
        for _ in range(3):
            event = await session.next_event()
            assert isinstance(event, FrameReceived)
            assert jpeg_dimensions(event.payload) == (160, 90)
        assert await program.stop() == 0
        assert "stopped by SIGTERM" in program.said
        await session.wait_gone()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_ends_it_while_the_server_cannot_be_reached(number: int) -> None:
    async with running("ws://127.0.0.1:9", "--source", "test") as program:
        await program.wait_for("cannot connect: Connection refused; trying again")
        assert await program.stop(number) == 0
    assert "Traceback" not in program.said


async def test_a_camera_that_hangs_does_not_keep_the_program(
    server: CameraServer, tmp_path: Path
) -> None:
    pipe = tmp_path / "clip.avi"
    os.mkfifo(pipe)  # nobody writes: OpenCV hangs while it opens it
    async with running(server.url, "--source", str(pipe)) as program:
        await greet(server)
        assert await program.stop() == 0


@pytest.mark.parametrize("reason", ["Invalid token", "No camera with id 7 exists"])
async def test_a_refusal_ends_it_with_status_3_and_the_servers_reason(
    server: CameraServer, reason: str
) -> None:
    async with running(server.url, "--source", "test", "--log-level", "error") as program:
        await (await greet(server)).close(1008, reason)
        assert await program.ends() == 3
        assert program.said == f"camclient: the server refused: {reason}\n"


async def test_what_a_server_says_cannot_change_the_terminal(server: CameraServer) -> None:
    async with running(server.url, "--source", "test") as program:
        await (await greet(server)).close(1011, "\x1b[31mred\x07")
        await program.wait_for(r"1011 \x1b[31mred\x07; trying again")
        await (await greet(server)).close(1008, "No camera with id 7\x1b[2J")
        assert await program.ends() == 3
    assert program.said.endswith("camclient: the server refused: No camera with id 7\\x1b[2J\n")
    assert program.said.replace("\n", "").isprintable()


async def test_an_update_ends_it_only_when_told_so(server: CameraServer) -> None:
    async with running(server.url, "--source", "test") as program:
        await (await greet(server)).socket.send_message(encode_update())
        await program.wait_for("asks for an update; nothing is done (--on-update exit ends")
        assert program.process.poll() is None
    async with running(server.url, "--source", "test", "--on-update", "exit") as program:
        await (await greet(server)).socket.send_message(encode_update())
        assert await program.ends() == 0
        assert "nothing is done" not in program.said


async def test_a_source_that_is_not_there_is_told_and_the_connection_kept(
    server: CameraServer,
) -> None:
    async with running(server.url, "--source", "/nowhere/clip.avi") as program:
        await greet(server)
        await program.wait_for("source /nowhere/clip.avi: there is no such file; trying again")
        assert program.process.poll() is None


def run(*arguments: str, code: str | None = None, **environ: str) -> tuple[int, str, str]:
    """Runs it to its end: status, standard output, standard error."""
    command = [sys.executable, "-c", code] if code else PYTHON
    inherited = {n: v for n, v in os.environ.items() if not n.startswith("CAMCLIENT_")}
    result = subprocess.run(
        [*command, *arguments],
        cwd=ROOT,
        env={**inherited, **environ},
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )
    return result.returncode, result.stdout, result.stderr


def test_the_version_is_camserves() -> None:
    assert run("--version") == (0, f"camclient {__version__}\n", "")


def test_help_names_every_option_of_the_contract() -> None:
    status, output, _ = run("--help")
    assert status == 0
    options = "server camera-id token token-file source fps width height quality config log-level"
    assert all(f"--{name} " in output for name in [*options.split(), "on-update"])


def test_help_tells_of_the_commands_and_each_has_a_help_of_its_own() -> None:
    _, output, _ = run("--help")
    for command in ("run", "doctor", "service"):
        assert f"\n  {command} " in output
        status, own, _ = run(command, "--help")
        assert status == 0
        assert own.startswith(f"usage: camclient {command} ")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "missing: the camera id: give --camera-id or "),
        (
            ["--server", "ws://x", "--camera-id", "1", "--fps", "0"],
            "option --fps: expected a number greater than 0",
        ),
        (["--colour", "red"], "unrecognized arguments: --colour red"),
        (["--serv", "ws://x"], "unrecognized arguments"),
        (["--camera-id", "1", "doctor"], "the command comes first: camclient doctor [OPTIONS]"),
        (["docter"], "unknown command 'docter': expected run, doctor or service"),
    ],
)
def test_wrong_usage_is_one_line_and_status_2(arguments: list[str], message: str) -> None:
    status, output, error = run(*arguments)
    assert (status, output) == (2, "")
    assert error.startswith(f"camclient: {message}")
    assert error.count("\n") == 1


def test_a_source_that_is_none_is_one_line_and_status_2() -> None:
    options = ["--server", "ws://127.0.0.1:9", "--camera-id", "1", "--source", "test:9"]
    status, _, error = run(*options, CAMCLIENT_TOKEN="x")
    assert status == 2
    assert error == "camclient: source: expected test or test:1 to test:3, not 'test:9'\n"


def test_without_opencv_one_line_says_how_to_get_it() -> None:
    code = "import sys; sys.modules['cv2'] = None; from camclient.cli import main; sys.exit(main())"
    options = ["--server", "ws://127.0.0.1:9", "--camera-id", "1", "--token", "x"]
    status, _, error = run(*options, "--source", "0", code=code)
    assert status == 2
    assert error.startswith('camclient: source 0 needs OpenCV: pip install "camserve[camera]"')
    assert error.count("\n") == 1


@pytest.mark.parametrize("module", ["camclient", "camclient.cli", "camclient.sources"])
def test_importing_it_loads_no_opencv_and_no_web_framework(module: str) -> None:
    heavy = ["cv2", "numpy", "quart", "hypercorn", "sqlalchemy", "alembic", "werkzeug", "flask"]
    heavy += ["gpiozero", "zeroconf"]
    code = f"import sys, {module}; print(*[name for name in {heavy} if name in sys.modules])"
    assert run(code=code) == (0, "\n", "")


def test_warnings_are_logged(tmp_path: Path) -> None:
    file = tmp_path / "camera.json"
    file.write_text('{"cameraId": 1, "cameraToken": "x"}')
    # The server's URL passes, its host does not exist; a refusing stand-in ends the program.
    code = (
        "import sys\n"
        "from camclient import camera, cli\n"
        "async def refuse(*args, **kwargs): raise camera.Refused('enough')\n"
        "camera.publish = refuse\n"
        "sys.exit(cli.main())"
    )
    status, _, error = run(
        "--config",
        str(file),
        "--server",
        "ws://nowhere.invalid",
        "--source",
        "test",
        code=code,
        CAMCLIENT_QALITY="3",
    )
    assert status == 3
    unknown = "unknown variable CAMCLIENT_QALITY; did you mean CAMCLIENT_QUALITY?"
    assert f" WARNING camclient.cli: {unknown}\n" in error
    assert error.endswith("camclient: the server refused: enough\n")
