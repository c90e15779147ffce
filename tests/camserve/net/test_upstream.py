"""Why camserve.net.websocket exists. Where one of these fails, upstream has mended it."""

from collections.abc import Iterator
from functools import partial

import pytest
import trio
import trio_websocket

from tests.attacks import THREE_KILLS, Attack

TIMEOUT = 10.0  # seconds


def leaves(error: BaseException) -> Iterator[BaseException]:
    if isinstance(error, BaseExceptionGroup):
        for inner in error.exceptions:
            yield from leaves(inner)
    else:
        yield error


@pytest.mark.parametrize("attack", THREE_KILLS)
async def test_a_stranger_ends_serve_websocket(attack: Attack) -> None:
    async def refuse(request: trio_websocket.WebSocketRequest) -> None:
        connection = await request.accept()
        await connection.get_message()
        await connection.aclose(1008, "No camera with id -1 exists")

    found: list[BaseException] = []
    try:
        async with trio.open_nursery() as nursery:
            serve = partial(trio_websocket.serve_websocket, refuse, "127.0.0.1", 0, None)
            server = await nursery.start(serve)
            with trio.fail_after(TIMEOUT):
                await attack(server.port)
                await trio.sleep_forever()
    except* Exception as group:
        found += leaves(group)
    names = {type(error).__name__ for error in found}
    assert names & {"LocalProtocolError", "ConnectionClosed"}, names
    assert "TooSlowError" not in names
