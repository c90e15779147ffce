"""The real programs for these tests, and what the kernel says about one of them."""

import os
import sys
from dataclasses import dataclass
from pathlib import Path

from tests.e2e.links.site import FPS, SIZE
from tests.processes import RealServer


def camera_command(server: str, camera_id: int, token: str) -> list[str]:
    """The command line of the real camclient with a stamped camera."""
    identity = ["--server", server, "--camera-id", str(camera_id), "--token", token]
    source = ["--source", f"stamped:{SIZE}", "--fps", str(FPS)]
    return [sys.executable, "-W", "error", "-m", "tests.links.camera", *identity, *source]


def same_ports(server: RealServer) -> tuple[str, ...]:
    """Options for another server where this one was."""
    return ("--port", str(server.http_port), "--ingest-port", str(server.ingest_port))


@dataclass(frozen=True)
class Holdings:
    """What a process holds: numbers of open files and of threads, and kB of memory."""

    files: int
    threads: int
    memory: int


def holdings(pid: int) -> Holdings:
    process = Path("/proc") / str(pid)
    status = dict(line.split(":", 1) for line in (process / "status").read_text().splitlines())
    threads, memory = int(status["Threads"]), int(status["VmRSS"].split()[0])
    return Holdings(len(os.listdir(process / "fd")), threads, memory)
