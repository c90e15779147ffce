"""When and why a session ends. No sockets, so the clock may jump.

pytest-trio takes the clock from the test's own parameters only.
"""

from collections.abc import Iterator

import pytest
import trio
import trio.testing
from trio.testing import MockClock

from camserve.ingest.closing import Close, close_for
from camserve.relay import Ending, State
from tests.camserve.ingest.fake_transport import FakeTransport
from tests.camserve.ingest.ingest_site import (
    framed,
)
from tests.camserve.ingest.session_table import KEEP_ALIVE, PUBLISHER_TIMEOUT, Table
from tests.serving import jpeg

# -- life ----------------------------------------------------------------------------------


async def test_silence_ends_it_after_the_timeout(table: Table, autojump_clock: MockClock) -> None:
    transport = await table.connected(answers_pings=False)
    began = trio.current_time()
    await trio.sleep(PUBLISHER_TIMEOUT - 0.01)
    assert transport.is_open
    assert table.hub.publisher(1) is not None
    await trio.sleep(1)
    assert transport.closed == (1008, "No frame and no answer to pings")
    assert transport.closed_at == pytest.approx(began + PUBLISHER_TIMEOUT)
    assert table.hub.state(1) is State.OFFLINE


@pytest.mark.parametrize("sent", [framed(jpeg()), framed(b"no picture"), KEEP_ALIVE])
async def test_what_it_sends_counts_as_life(
    sent: bytes, table: Table, autojump_clock: MockClock
) -> None:
    transport = await table.connected(answers_pings=False)
    for _ in range(10):
        await trio.sleep(PUBLISHER_TIMEOUT * 0.9)
        transport.put(sent)
    await trio.sleep(PUBLISHER_TIMEOUT * 0.9)
    assert transport.is_open


async def test_an_answered_ping_counts_as_life(table: Table, autojump_clock: MockClock) -> None:
    transport = await table.connected()
    await trio.sleep(10 * PUBLISHER_TIMEOUT)
    assert transport.is_open
    began = transport.pings[0]
    assert transport.pings[:5] == [began, began + 5, began + 10, began + 15, began + 20]


async def test_the_beginning_of_a_frame_is_no_life(table: Table, autojump_clock: MockClock) -> None:
    transport = await table.connected(answers_pings=False)
    began = trio.current_time()
    transport.put(framed(jpeg(size=500))[:5])
    for _ in range(100):
        transport.put(b".")
        await trio.sleep(1)
    assert transport.closed_at == pytest.approx(began + PUBLISHER_TIMEOUT)


# -- ended by the server -------------------------------------------------------------------


@pytest.mark.parametrize("ending", list(Ending))
async def test_why_it_was_ended(ending: Ending, table: Table) -> None:
    transport = await table.connected()
    table.hub.end_publisher(1, ending)
    await table.settle()
    expected = {
        Ending.REPLACED: (1008, "Replaced by a new connection"),
        Ending.REMOVED: (1008, "No camera with id 1 exists"),
        Ending.ROTATED: (1008, "Invalid token"),
        Ending.STOPPING: (1001, "The server is stopping"),
    }
    assert transport.closed == expected[ending]


def reasons() -> Iterator[Close]:
    for ending in Ending:
        yield close_for(ending, -(2**31))


def test_reasons_fit_in_a_close_frame() -> None:
    """RFC 6455: 125 bytes of payload, of which two are the code."""
    assert all(len(close.reason.encode()) <= 123 for close in reasons())


async def test_a_newer_session_replaces_an_older_one(table: Table) -> None:
    first = await table.connected()
    second = await table.connected()
    assert first.closed == (1008, "Replaced by a new connection")
    second.put(framed(jpeg(b"second")))
    await table.settle()
    assert table.latest() == jpeg(b"second")
    assert second.is_open


@pytest.mark.parametrize("ending", [Ending.REMOVED, Ending.REPLACED])
async def test_bytes_handed_over_before_the_end_are_not_published_after_it(
    ending: Ending, table: Table
) -> None:
    """The reader has woken the session, and then the camera is removed before it runs."""
    transport = await table.connected()
    transport.put(framed(jpeg(b"late"), b"no picture"))
    if ending is Ending.REMOVED:
        table.hub.remove(1)
    else:
        table.hub.end_publisher(1, ending)
    await table.settle()
    assert table.hub.latest(1) is None
    assert table.hub.rejections == 0
    assert not transport.is_open


async def test_a_server_that_has_stopped_takes_no_publisher(table: Table) -> None:
    table.hub.close()
    transport = FakeTransport()
    transport.put(table.hello)
    await table.run(transport)
    assert transport.closed == (1001, "The server is stopping")
