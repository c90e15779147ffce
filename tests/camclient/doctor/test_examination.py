"""All checks together, in this process and as `camclient doctor`."""

import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest
import trio

from camclient import browsing
from camclient.config import load_config
from camclient.discovery import Found, Look
from camclient.doctor import Surroundings, camera, examine
from camclient.doctor.finding import Finding, Verdict
from camclient.sources import parse_source
from camserve.wire import INGEST_PATH
from tests.camclient.doctor.computer import Computer
from tests.processes import environment, python
from tests.serving import RunningServer, running_server

OK, FAIL, SKIP, WARN = Verdict.OK, Verdict.FAIL, Verdict.SKIP, Verdict.WARN


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(camera, "SECONDS", 0.3)
    monkeypatch.setattr(browsing, "is_available", lambda: True)  # who looks is given below


@dataclass
class Report:
    well: bool
    findings: list[Finding]

    @property
    def verdicts(self) -> dict[str, Verdict]:
        return {finding.subject: finding.verdict for finding in self.findings}

    def hints(self, subject: str) -> str:
        return "\n".join(next(one.hints for one in self.findings if one.subject == subject))


async def report(
    computer: Computer,
    port: int | None,
    camera_id: int,
    token: str,
    source: str = "test",
    look: Look = browsing.look,
) -> Report:
    """port: of the server on this computer; None: it has to be found."""
    environ = {"CAMCLIENT_TOKEN": token}
    given = {"camera_id": str(camera_id), "source": source}
    if port is not None:
        given["server"] = f"ws://127.0.0.1:{port}"
    findings: list[Finding] = []
    with trio.fail_after(30):
        well = await examine(
            load_config(given, environ),
            partial(parse_source, source),
            findings.append,
            Surroundings(root=computer.root, look=look),
        )
    return Report(well, findings)


def answering(*servers: RunningServer) -> Look:
    """A network on which these servers answer."""

    async def look(seconds: float) -> Sequence[Found]:
        await trio.lowlevel.checkpoint()
        return [Found("here", ("127.0.0.1",), one.ingest_port, INGEST_PATH) for one in servers]

    return look


async def ask(computer: Computer, server: RunningServer, **changes: object) -> Report:
    camera = server.cameras[0]
    given = {"port": server.ingest_port, "camera_id": camera.id, "token": server.token(camera)}
    return await report(computer, **{**given, **changes})  # type: ignore[arg-type]


@pytest.mark.parametrize("way", ["ingest_port", "http_port"])
async def test_all_is_well_on_either_port(computer: Computer, tmp_path: Path, way: str) -> None:
    async with running_server(tmp_path) as server:
        found = await ask(computer, server, port=getattr(server, way))
    assert found.well
    assert found.verdicts == {
        "settings": OK,
        "source": OK,
        "server": OK,
        "token": OK,
        "link": OK,
        "wifi": SKIP,
    }


@pytest.mark.parametrize(
    ("change", "hint"),
    [({"token": "wrong"}, "camserve camera token 1"), ({"camera_id": 9}, "camserve camera list")],
)
async def test_a_refusal_leaves_the_link_untried(
    computer: Computer, tmp_path: Path, change: dict[str, object], hint: str
) -> None:
    async with running_server(tmp_path) as server:
        found = await ask(computer, server, **change)
    assert not found.well
    verdicts = found.verdicts
    assert (verdicts["server"], verdicts["token"], verdicts["link"]) == (OK, FAIL, SKIP)
    assert hint in found.hints("token")


async def test_without_a_server_the_rest_is_looked_at(computer: Computer) -> None:
    with trio.socket.socket() as placeholder:
        await placeholder.bind(("127.0.0.1", 0))
        found = await report(computer, placeholder.getsockname()[1], 1, "x")
    verdicts = found.verdicts
    assert (verdicts["source"], verdicts["server"]) == (OK, FAIL)
    assert (verdicts["token"], verdicts["link"], verdicts["wifi"]) == (SKIP, SKIP, SKIP)


async def test_without_pictures_the_way_to_the_server_is_tried(
    computer: Computer, tmp_path: Path
) -> None:
    async with running_server(tmp_path) as server:
        found = await ask(computer, server, source="/nowhere/clip.avi")
    verdicts = found.verdicts
    assert not found.well
    assert (verdicts["source"], verdicts["token"], verdicts["link"]) == (FAIL, OK, OK)


async def test_a_server_that_has_to_be_found_first(computer: Computer, tmp_path: Path) -> None:
    async with running_server(tmp_path) as server:
        camera = server.cameras[0]
        found = await report(
            computer, None, camera.id, server.token(camera), look=answering(server)
        )
    assert found.well
    assert list(found.verdicts)[1:4] == ["source", "network", "server"]


async def test_nothing_is_tried_without_a_server_that_is_found(computer: Computer) -> None:
    found = await report(computer, None, 1, "x", look=answering())
    verdicts = found.verdicts
    assert not found.well
    assert (verdicts["network"], verdicts["server"], verdicts["link"]) == (FAIL, SKIP, SKIP)
    assert "--server ws://HOST:8001" in found.hints("network")


async def test_whom_it_may_have_thrown_out(computer: Computer, tmp_path: Path) -> None:
    computer.process(812, "python3", "-m", "camclient", "--config", "x", uses=None)
    async with running_server(tmp_path) as server:
        found = await ask(computer, server)
    assert found.well
    assert "camclient runs here (process 812)" in found.hints("token")


async def test_a_warning_is_not_well(computer: Computer, tmp_path: Path) -> None:
    computer.write("proc/device-tree/model", "Raspberry Pi Zero W Rev 1.1\0")
    computer.write("sys/class/thermal/thermal_zone0/temp", "85000\n")
    async with running_server(tmp_path) as server:
        found = await ask(computer, server)
    assert found.verdicts["board"] is WARN
    assert not found.well


async def test_its_pictures_are_the_cameras_own(computer: Computer, tmp_path: Path) -> None:
    async with running_server(tmp_path) as server:
        await ask(computer, server)
        stream = await trio.open_tcp_stream("127.0.0.1", server.http_port)
        async with stream:
            path = f"/get-image?cameraId={server.cameras[0].id}"
            await stream.send_all(f"GET {path} HTTP/1.0\r\nHost: x\r\n\r\n".encode())
            answer = b"".join([part async for part in stream])
    assert answer.startswith(b"HTTP/1.1 200")
    assert b"\xff\xd8\xff" in answer


async def doctor(*options: str, **variables: str) -> subprocess.CompletedProcess[bytes]:
    """`camclient doctor` to its end."""
    with trio.fail_after(60):
        return await trio.run_process(
            python("camclient", "doctor", *options),
            env=environment(**variables),
            capture_stdout=True,
            capture_stderr=True,
            check=False,
        )


async def test_the_command_prints_a_line_each_and_ends_with_status_0(tmp_path: Path) -> None:
    async with running_server(tmp_path) as server:
        camera = server.cameras[0]
        done = await doctor(
            *("--server", f"ws://127.0.0.1:{server.ingest_port}"),
            *("--camera-id", str(camera.id), "--source", "test"),
            CAMCLIENT_TOKEN=server.token(camera),
        )
    lines = [line for line in done.stdout.decode().splitlines() if not line.startswith(" ")]
    subjects = [line.split()[1] for line in lines]
    assert subjects[:6] == ["settings", "source", "server", "token", "link", "wifi"]
    assert (done.returncode, done.stderr) == (0, b"")
    assert server.token(camera) not in done.stdout.decode()
    assert [line for line in done.stdout.decode().splitlines() if len(line) > 110] == []


async def test_a_fault_ends_it_with_status_1(tmp_path: Path) -> None:
    async with running_server(tmp_path) as server:
        url = f"ws://127.0.0.1:{server.ingest_port}"
        done = await doctor(
            "--server", url, "--camera-id", "9", "--source", "test", CAMCLIENT_TOKEN="5ecret"
        )
    assert (done.returncode, done.stderr) == (1, b"")
    assert "FAIL  token     the server says: No camera with id 9 exists" in done.stdout.decode()
    assert "5ecret" not in done.stdout.decode()


async def test_settings_that_are_wrong_are_one_line_and_status_2() -> None:
    done = await doctor("--server", "ws://x", "--camera-id", "none")
    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr.count(b"\n") == 1


async def test_without_opencv_the_other_checks_are_made(tmp_path: Path) -> None:
    (tmp_path / "cv2.py").write_text("raise ImportError('no cv2 here')\n")
    options = ["--server", "ws://127.0.0.1:9", "--camera-id", "1", "--source", "0"]
    path = f"{tmp_path}:{environment()['PYTHONPATH']}"
    done = await doctor(*options, CAMCLIENT_TOKEN="x", PYTHONPATH=path)
    assert done.returncode == 1
    assert "FAIL  source    OpenCV is missing: no cv2 here" in done.stdout.decode()
    assert "FAIL  server    nobody listens on port 9" in done.stdout.decode()
