"""The process that a stranger runs, `python -m tests.torture.stranger`; JSON tells it what to do.

It says everything it has to say on connections of its own, many at a time, reads what it is
answered, and prints a summary, as JSON too: how many answers of which kind, and the first that held
what no stranger may see.
"""

import json
import ssl
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import chain

import trio

from tests.torture.inputs import Input, crafted, random_inputs

AT_A_TIME = 64  # connections; nearly all of them only wait
PATIENCE = 0.15  # seconds that the stranger waits for an answer to what may not be all
LONG_PATIENCE = 1.5  # seconds that it waits when it has said that it was all
MOST_READ = 1_000_000  # bytes of an answer


@dataclass(frozen=True, slots=True)
class Task:
    """ports: by the names in inputs.py; secrets: in hex, what only those see who are let in"""

    ports: dict[str, int]
    token: str
    secrets: list[str]
    seed: int
    random: int
    crafted: int | None = None  # how many of them; None: all
    ca_file: str | None = None  # with it, TLS

    def inputs(self) -> Iterator[Input]:
        some = crafted(self.token)
        if self.crafted is not None:
            some = some[:: max(1, len(some) // self.crafted)]
        return chain(some, random_inputs(self.token, self.seed, self.random))


@dataclass
class Summary:
    said: int = 0
    answers: Counter[str] = field(default_factory=Counter)
    refused_connections: int = 0
    leak: str | None = None

    def note(self, one: Input, answer: bytes, secrets: list[bytes]) -> None:
        self.said += 1
        kind = answer[9:12].decode("latin-1") if answer.startswith(b"HTTP/1.") else "no HTTP"
        self.answers[kind if answer else "nothing"] += 1
        if self.leak is None and any(secret in answer for secret in secrets):
            self.leak = f"{one!r:.2000} was answered {answer!r:.500}"


class Stranger:
    def __init__(self, task: Task) -> None:
        self._task = task
        self._inputs = task.inputs()
        self._secrets = [bytes.fromhex(secret) for secret in task.secrets]
        self._tls = None
        if task.ca_file is not None:
            self._tls = ssl.create_default_context(cafile=task.ca_file)
        self.summary = Summary()

    async def run(self) -> None:
        async with trio.open_nursery() as nursery:
            for _ in range(AT_A_TIME):
                nursery.start_soon(self._say_more)

    async def _say_more(self) -> None:
        for one in self._inputs:
            answer = bytearray()
            try:
                await self._say(one, answer.extend)
            except OSError as error:
                # The only one that is not the server's right.
                self.summary.refused_connections += isinstance(error, ConnectionRefusedError)
            except trio.BrokenResourceError:
                pass
            self.summary.note(one, bytes(answer), self._secrets)

    async def _say(self, one: Input, take: Callable[[bytes], None]) -> None:
        tcp = await trio.open_tcp_stream("127.0.0.1", self._task.ports[one.port])
        async with tcp:
            stream: trio.abc.Stream = tcp
            with trio.move_on_after(LONG_PATIENCE) as waiting:
                # Some come without TLS; of them nearly all that is said would be lost.
                if self._tls is not None and self.summary.said % 8:
                    tls = trio.SSLStream(tcp, self._tls, server_hostname="localhost")
                    await tls.do_handshake()
                    stream = tls
                head, rest = one.head_and_rest() if self.summary.said % 4 else (one.said, b"")
                await stream.send_all(head)
                if rest:
                    # What comes along with a handshake, before its answer, is not looked at.
                    take(bytes(await stream.receive_some(65536)))
                    await stream.send_all(rest)
                if stream is tcp and self.summary.said % 2:
                    await tcp.send_eof()
                else:
                    waiting.deadline = trio.current_time() + PATIENCE
                read = 0
                while (data := await stream.receive_some(65536)) and read < MOST_READ:
                    read += len(data)
                    take(bytes(data))


def main() -> None:
    stranger = Stranger(Task(**json.load(sys.stdin)))
    trio.run(stranger.run)
    json.dump(vars(stranger.summary), sys.stdout)


if __name__ == "__main__":
    main()
