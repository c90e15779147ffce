"""The viewers in Python, with the command line of load.c, where there is no C compiler.

It looks for stamps in what it reads and counts bytes from there, so the heads of chunks that lie
in a picture make it see the end of a frame a few bytes early. The ratio of two kinds is still fair.
"""

import base64
import json
import selectors
import socket
import struct
import sys
import time
from dataclasses import dataclass, field

from tests.raw_websocket import TEXT, frame, handshake

from .stamp import MARK, STAMP, Stamp, read_stamp

TICK = 0.005  # seconds between two reads of a slow viewer
BURST = 0.05  # seconds of its rate that a slow viewer may save up
READ_SIZE = 65536
ETHERNET_MSS = 1448
STAMP_BASE64 = 48  # characters
#: Twelve bytes of the mark make whole characters.
MARK_BASE64 = base64.b64encode(MARK[:12])
LIVE_HEAD = struct.Struct("<IQQ")


@dataclass
class Group:
    kind: str
    viewers: int
    rate: float
    receive_buffer: int
    camera: int
    path: str
    counts: dict[str, int] = field(default_factory=dict)
    ages: list[float] = field(default_factory=list)

    def begin(self) -> None:
        names = ("frames", "bytes", "repeats", "missed", "backward", "lost")
        self.counts = dict.fromkeys(names, 0) | {"lost": self.counts.get("lost", 0)}
        self.ages = []

    def report(self, by_viewer: list[int]) -> dict[str, float]:
        ages = sorted(self.ages) or [0.0]
        quick = sum(age <= 0.02 for age in self.ages) / max(1, len(self.ages))
        most = {"least": min(by_viewer, default=0), "most": max(by_viewer, default=0)}
        parts = {"p50": 0.5, "p99": 0.99, "oldest": 1.0}
        percentiles = {name: ages[round(part * (len(ages) - 1))] for name, part in parts.items()}
        figures = {"viewers": self.viewers, "within_20ms": quick}
        return {**self.counts, **most, **percentiles, **figures}


class Viewer:
    def __init__(self, port: int, group: Group) -> None:
        self.group = group
        self.frames = 0
        self.sequence: int | None = None
        self.credit = 0.0
        self._data = bytearray()
        self._greeted = False
        self._left = 0  # bytes of the picture that is coming
        self._stamp = Stamp(0, 0, 0, 0)
        self._live_sequence = 0
        self.socket = socket.socket()
        if group.receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, group.receive_buffer)
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, ETHERNET_MSS)
        self.socket.connect(("127.0.0.1", port))
        self.socket.sendall(self._request())
        self.socket.setblocking(False)

    def _request(self) -> bytes:
        if self.group.kind in {"mjpeg", "events"}:
            return f"GET {self.group.path} HTTP/1.1\r\nHost: bench\r\n\r\n".encode()
        return handshake(self.group.path, ["camserve.live.v1"] if self.group.kind == "live" else [])

    def _greet(self) -> None:
        head, _, rest = self._data.partition(b"\r\n\r\n")
        status = int(head.split()[1])
        if status not in {101, 200}:
            sys.exit(f"{self.group.path}: refused with status {status}")
        self._greeted, self._data = True, rest
        camera = self.group.camera
        if self.group.kind == "live":
            wish = json.dumps({"op": "watch", "camera": camera}).encode()
            self.socket.sendall(frame(wish, TEXT))
        elif self.group.kind == "socket":
            info = json.dumps({"token": "", "cameraId": camera}).encode()
            self.socket.sendall(frame(struct.pack("<i", len(info)) + info))

    def read(self, limit: int = READ_SIZE) -> int:
        """Read what is there, at most `limit` bytes; how many it was."""
        try:
            data = self.socket.recv(min(limit, READ_SIZE))
        except BlockingIOError:
            return 0
        if not data:
            sys.exit(f"{self.group.path}: the server closed")
        self.group.counts["bytes"] += len(data)
        self._data += data
        if not self._greeted and b"\r\n\r\n" in self._data:
            self._greet()
        while self._greeted and self._step():
            pass
        return len(data)

    def _step(self) -> bool:
        if self._left:
            taken = min(self._left, len(self._data))
            del self._data[:taken]
            self._left -= taken
            if self._left:
                return False
            self._complete()
        events = self.group.kind == "events"
        mark, size = (MARK_BASE64, STAMP_BASE64) if events else (MARK, STAMP.size)
        at = self._data.find(mark)
        if at < 0 or len(self._data) < at + size:
            return False
        found = bytes(self._data[at : at + size])
        stamp = read_stamp(base64.b64decode(found) if events else found)
        if stamp is None:
            sys.exit(f"{self.group.path}: a stamp in pieces")
        if self.group.kind == "live":
            self._live_sequence = LIVE_HEAD.unpack_from(self._data, at - LIVE_HEAD.size)[1]
        del self._data[:at]
        self._stamp = stamp
        self._left = (stamp.size + 2) // 3 * 4 if events else stamp.size
        return True

    def _complete(self) -> None:
        group, before = self.group, self.sequence
        if group.kind == "live":
            ack = {"op": "ack", "camera": group.camera, "seq": self._live_sequence}
            self.socket.sendall(frame(json.dumps(ack).encode(), TEXT))
        if before is not None and self._stamp.sequence <= before:
            group.counts["repeats" if self._stamp.sequence == before else "backward"] += 1
            return
        group.counts["missed"] += 0 if before is None else self._stamp.sequence - before - 1
        self.sequence = self._stamp.sequence
        group.ages.append((time.monotonic_ns() - self._stamp.sent_at) / 1e9)
        group.counts["frames"] += 1
        self.frames += 1


def parse_group(words: str) -> Group:
    kind, viewers, rate, receive_buffer, camera, path = words.split(":", 5)
    group = Group(kind, int(viewers), float(rate), int(receive_buffer), int(camera), path)
    group.begin()
    return group


def answer(command: str, groups: list[Group], viewers: list[Viewer]) -> object:
    """Obey; what to print, as a line of JSON."""
    if command == "start":
        for group in groups:
            group.begin()
        for viewer in viewers:
            viewer.frames = 0
        return "started"
    if command == "ages":
        return [group.ages for group in groups]
    return [
        group.report([viewer.frames for viewer in viewers if viewer.group is group])
        for group in groups
    ]


def main(port: int, groups: list[Group]) -> None:
    viewers = [Viewer(port, group) for group in groups for _ in range(group.viewers)]
    slow = [viewer for viewer in viewers if viewer.group.rate > 0]
    waiting, before = True, time.monotonic()
    with selectors.DefaultSelector() as selector:
        selector.register(0, selectors.EVENT_READ)
        for viewer in viewers:
            if viewer.group.rate <= 0:
                selector.register(viewer.socket, selectors.EVENT_READ, viewer)
        while True:
            for key, _ in selector.select(TICK if slow else None):
                if not isinstance(key.data, Viewer):
                    if not (line := sys.stdin.readline()):
                        return
                    print(json.dumps(answer(line.strip(), groups, viewers)), flush=True)  # noqa: T201
                    continue
                key.data.read()
                if key.data.group.rate < 0 and key.data.sequence is not None:
                    selector.unregister(key.data.socket)
            now = time.monotonic()
            for viewer in slow:
                most = viewer.group.rate * BURST
                viewer.credit = min(most, viewer.credit + viewer.group.rate * (now - before))
                if viewer.credit >= 1:
                    viewer.credit -= viewer.read(int(viewer.credit))
            before = now
            if waiting and all(viewer.sequence is not None for viewer in viewers):
                waiting = False
                print("ready", flush=True)  # noqa: T201


if __name__ == "__main__":
    main(int(sys.argv[1]), [parse_group(words) for words in sys.argv[2:]])
