import ssl

import pytest
import trio

from camclient.connection import MessageHandler
from camclient.endpoint import Target, parse_endpoint
from camclient.failures import PushError
from camclient.latest import LatestSlot
from camclient.push import push
from camclient.rate import Rate
from camclient.sources.source import Capture
from tests.camclient.fakes import CameraServer, FakeProgress, Push, start_server


@pytest.fixture
def slot() -> LatestSlot[Capture]:
    return LatestSlot[Capture]()


@pytest.fixture
def progress() -> FakeProgress:
    return FakeProgress()


@pytest.fixture
def rate() -> Rate:
    return Rate()


@pytest.fixture
async def server(nursery: trio.Nursery) -> CameraServer:
    return await start_server(nursery)


@pytest.fixture
def ended() -> list[PushError]:
    """What the connections of this test ended with."""
    return []


@pytest.fixture
def begin(
    nursery: trio.Nursery,
    slot: LatestSlot[Capture],
    progress: FakeProgress,
    rate: Rate,
    ended: list[PushError],
) -> Push:
    def begin(
        url: str, handle_message: MessageHandler = print, tls: ssl.SSLContext | None = None
    ) -> None:
        async def run() -> None:
            target = Target(parse_endpoint(url), 7, "secret", tls)
            try:
                await push(
                    target, slot, rate=rate, progress=progress, handle_message=handle_message
                )
            except PushError as error:
                ended.append(error)

        nursery.start_soon(run)

    return begin
