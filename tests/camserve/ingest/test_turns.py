"""A camera that sends thousands of tiny things at once leaves the others their turn."""

import pytest
import trio

from camserve.ingest.session import TURN
from tests.camserve.ingest.ingest_site import TIMEOUT, framed, ingest_site
from tests.serving import jpeg

MANY = 8_000


@pytest.mark.parametrize("size", [MANY * 4, 100_000], ids=["short way", "ordinary way"])
async def test_others_have_their_turn(size: int, port: str) -> None:
    async with ingest_site() as site, site.publisher(port=port) as client:
        heard: list[int] = []
        turns = 0

        async def other() -> None:
            nonlocal turns
            while True:
                await trio.lowlevel.checkpoint()
                turns += 1

        await client.send(framed(jpeg()))
        await site.published(jpeg())
        async with trio.open_nursery() as nursery:
            nursery.start_soon(other)
            before = turns
            await client.send(bytes(size) + framed(jpeg(b"last")))
            with trio.fail_after(TIMEOUT):
                await site.published(jpeg(b"last"))
            heard.append(turns - before)
            nursery.cancel_scope.cancel()
        # Sending and reading takes some turns as well, but not a hundred times as many.
        assert heard[0] >= size // 4 // TURN
