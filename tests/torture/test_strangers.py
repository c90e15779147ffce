"""Whatever strangers say, nobody else notices."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import pytest
import trio

from tests.certificates import Authority
from tests.processes import (
    ROOT,
    RealServer,
    environment,
    eventually,
    python,
    real_server,
    register,
    run,
)
from tests.torture.inputs import HTTP, INGEST, crafted
from tests.torture.witness import FPS, PASSWORD, Delays, Witness

SEED = 20_26
QUIET = 2.0  # seconds of the phases with nobody but the witness
#: A slow machine that is shared by three busy processes; on an idle one it is a tenth of that.
MEDIAN_MARGIN = 1 / FPS
P99_MARGIN = 0.25  # seconds
MEMORY_MARGIN = 12  # MB
#: After that, everything is loaded and all memory was used once that is ever used.
FIRST = {"seed": 1, "random": 1_500, "crafted": 300}
SETTLING = 15.0  # seconds in which every time limit of a stranger has passed


def memory(server: RealServer) -> float:
    """MB of the server's process."""
    fields = Path(f"/proc/{server.program.process.pid}/statm").read_text().split()
    return int(fields[1]) * 4096 / 1e6


def open_files(server: RealServer) -> int:
    return len(list(Path(f"/proc/{server.program.process.pid}/fd").iterdir()))


async def attacked(task: dict[str, object]) -> dict[str, object]:
    """Let a stranger do this; what came of it."""
    done = await trio.run_process(
        python("tests.torture.stranger"),
        stdin=json.dumps(task).encode(),
        capture_stdout=True,
        cwd=ROOT,
        env=environment(),
    )
    summary = json.loads(done.stdout)
    assert isinstance(summary, dict)
    return summary


@asynccontextmanager
async def witnessed(witness: Witness) -> AsyncIterator[None]:
    async with trio.open_nursery() as nursery:
        with trio.fail_after(10):
            await nursery.start(witness.run)
        yield
        nursery.cancel_scope.cancel()


async def settle(server: RealServer, files: int) -> None:
    """Wait until it has no more files open than before."""
    await trio.to_thread.run_sync(
        partial(eventually, lambda: open_files(server) <= files, timeout=SETTLING, pause=0.2)
    )


async def test_nothing_that_is_said_to_a_server_does_harm(tmp_path: Path) -> None:
    """No picture seen, none published, nothing left behind, and nobody slowed down."""
    cameras = register(tmp_path, "watched", "never there")
    (camera_id, token), (other_id, _) = cameras
    with real_server(tmp_path, CAMSERVE_VIEWER_PASSWORD=PASSWORD) as server:
        witness = Witness(server.http_port, server.ingest_port, camera_id, token)
        task = {
            "ports": {HTTP: server.http_port, INGEST: server.ingest_port},
            "token": token,
            "secrets": witness.secrets,
            "seed": SEED,
        }
        async with witnessed(witness):
            await attacked({**task, **FIRST})
            before, files, small = await witness.phase(QUIET), open_files(server), memory(server)
            witness.delays.clear()
            summary = await attacked({**task, "random": 10_000})
            during = Delays.of(witness.delays)
            await settle(server, files)
            after = await witness.phase(QUIET)
            grown = memory(server) - small
        print(summary, before, during, after, f"{grown:.1f} MB", sep="\n")  # noqa: T201
        assert summary["leak"] is None
        assert summary["refused_connections"] == 0
        assert summary["said"] == len(crafted(token)) + 10_000
        assert not witness.foreign
        assert _told(server, f"/cameras/{other_id}")["state"] == "offline"
        assert grown < MEMORY_MARGIN
        for phase in (during, after):
            assert phase.median < before.median + MEDIAN_MARGIN
            assert phase.p99 < before.p99 + P99_MARGIN
        assert server.program.process.poll() is None
    log = server.program.err.text
    assert " ERROR " not in log
    assert log.count("\n") < 500, "a stranger must not fill the log"
    assert PASSWORD not in log


async def test_the_same_over_tls(tmp_path: Path, authority: Authority) -> None:
    ((camera_id, token),) = register(tmp_path / "data", "watched")
    certfile, keyfile = authority.issue()
    options = ("--certfile", str(certfile), "--keyfile", str(keyfile))
    with real_server(tmp_path / "data", *options, CAMSERVE_VIEWER_PASSWORD=PASSWORD) as server:
        witness = Witness(
            server.http_port, server.ingest_port, camera_id, token, authority.trusting()
        )
        task = {
            "ports": {HTTP: server.http_port, INGEST: server.ingest_port},
            "token": token,
            "secrets": witness.secrets,
            "seed": SEED,
            "random": 400,
            "crafted": 200,
            "ca_file": str(authority.ca_file),
        }
        async with witnessed(witness):
            files = open_files(server)
            summary = await attacked(task)
            await settle(server, files)
        assert summary["leak"] is None
        assert summary["refused_connections"] == 0
        assert not witness.foreign
        assert witness.seen > 0
    assert " ERROR " not in server.program.err.text


def _told(server: RealServer, path: str) -> dict[str, object]:
    done = run(["curl", "-sf", "-u", f"x:{PASSWORD}", server.url(path)])
    told = json.loads(done.stdout)
    assert isinstance(told, dict)
    return told


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)
