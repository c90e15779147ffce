"""camclient and camserve on two computers, with a router between them: three namespaces.

    camera 10.77.1.2 ── 10.77.1.1 router 10.77.2.1 ── 10.77.2.2 server

The router is the narrow place, as a home's router is: what queues up there, the camera cannot see.
"""

import socket
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import trio

from tests.links.ages import frame_rate
from tests.links.stamped import USUAL_QUALITY
from tests.links.viewer import Seen, Viewer
from tests.netns.namespace import CommandError, Namespace, namespaces, run
from tests.processes import Program, environment, python, ready, register, running

CAMERA, SERVER = "10.77.1.2", "10.77.2.2"
OTHER_CAMERA, OTHER_SERVER = "10.77.1.7", "10.77.2.7"
NAME = "camserver.example"
HTTP_PORT, INGEST_PORT = 8000, 8001
FPS, SIZE = 15, 30_000  # of the camera; 3.6 Mbit/s
FORWARDING = Path("/proc/sys/net/ipv4/ip_forward")


def as_at_first(seen: Sequence[Seen]) -> bool:
    """Full rate and full quality."""
    best = all(each.stamp.quality == USUAL_QUALITY for each in seen)
    return best and frame_rate(seen) > 0.9 * FPS


@dataclass
class Site:
    """All of it, running."""

    camera: Namespace
    router: Namespace
    server: Namespace
    hosts: Path  # what the camera has as /etc/hosts
    camclient: Program
    server_address: str = SERVER

    def slow(self, rate: str) -> None:
        """The router sends no more than this to the server, e.g. `1mbit`; 0.4 s wait in it."""
        self.router.tc(f"qdisc replace dev server root tbf rate {rate} burst 16k latency 400ms")

    def fast(self) -> None:
        if "tbf" in self.router.tc("qdisc show dev server"):
            self.router.tc("qdisc del dev server root")

    def forward(self, on: bool) -> None:
        """Without it the router throws everything away, and nobody is told."""
        self.router.call(FORWARDING.write_text, str(int(on)))

    def link_down(self) -> None:
        self.camera.ip("link set eth0 down")

    def link_up(self, address: str = CAMERA) -> None:
        """The cable is in again, and DHCP gives an address and a route."""
        self.camera.ip("addr flush dev eth0")
        self.camera.ip(f"addr add {address}/24 dev eth0")
        self.camera.ip("link set eth0 up")
        self.camera.ip("route replace default via 10.77.1.1")

    def move_server(self, address: str) -> None:
        """The server has another address now, and its name leads there."""
        self.server.ip("addr flush dev eth0")
        self.server.ip(f"addr add {address}/24 dev eth0")
        self.server.ip("route replace default via 10.77.2.1")
        self.server_address = address
        self.hosts.write_text(f"127.0.0.1 localhost\n{address} {NAME}\n")

    def mend(self) -> None:
        """As it was in the beginning."""
        self.fast()
        self.forward(True)
        self.link_up()
        self.move_server(SERVER)

    def viewer(self) -> Viewer:
        """One that sits on the server's own computer."""

        async def open_stream() -> trio.SocketStream:
            address = ("127.0.0.1", HTTP_PORT)
            opened = self.server.call(socket.create_connection, address, 5)
            return trio.SocketStream(trio.socket.from_stdlib_socket(opened))

        return Viewer(open_stream)


@contextmanager
def open_site(directory: Path) -> Iterator[Site]:
    """Lay the cables and start both programs. Where that cannot be done, the test is skipped."""
    with namespaces(3) as (camera, router, server), ExitStack() as stack:
        camera.connect("eth0", router, "camera")
        server.connect("eth0", router, "server")
        for device, address in (("camera", "10.77.1.1"), ("server", "10.77.2.1")):
            router.ip(f"addr add {address}/24 dev {device}")
            router.ip(f"link set {device} up")
        server.ip("link set eth0 up")
        hosts = directory / "hosts"
        hosts.touch()
        camera.call(run, ["mount", "--bind", str(hosts), "/etc/hosts"])

        ((camera_id, token),) = register(directory / "data", "camera 1")
        serve = python("camserve", "run", "--data-dir", directory / "data", "--host", "0.0.0.0")
        ports = ["--port", str(HTTP_PORT), "--ingest-port", str(INGEST_PORT)]
        publish = [sys.executable, "-m", "tests.links.camera", "--server"]
        publish += [f"ws://{NAME}:{INGEST_PORT}", "--camera-id", str(camera_id), "--token", token]
        publish += ["--source", f"stamped:{SIZE}", "--fps", str(FPS)]

        served = server.call(stack.enter_context, running([*serve, *ports], env=environment()))
        camclient = camera.call(stack.enter_context, running(publish, env=environment()))
        site = Site(camera, router, server, hosts, camclient)
        try:
            site.slow("1mbit")
        except CommandError as error:
            pytest.skip(f"this kernel has no token bucket filter: {error}")
        site.mend()
        ready(served)
        yield site
