"""How many widths of a camera there are at a time."""

from contextlib import ExitStack

import trio

from camserve.relay import Hub
from camserve.scaling import MAX_WIDTHS, Scaler

from .conftest import TIMEOUT, Scissors

WIDTHS = [100 * number for number in range(1, MAX_WIDTHS + 1)]


async def shown(scaler: Scaler, width: int) -> bytes:
    with scaler.subscribe(1, width) as frames, trio.fail_after(TIMEOUT):
        return (await frames.receive()).jpeg


async def test_one_more_gets_the_next_larger_or_full_size(
    hub: Hub, scaler: Scaler, scissors: Scissors
) -> None:
    frame = hub.publish(1, b"picture")
    with ExitStack() as viewers:
        for width in WIDTHS:
            viewers.enter_context(scaler.subscribe(1, width))
        for width, expected in [
            (50, b"100:picture"),
            (101, b"200:picture"),
            (300, b"300:picture"),
            (10_000, b"picture"),
        ]:
            assert await shown(scaler, width) == expected
            assert (await scaler.scaled(frame, width)).jpeg == expected
        # Cameras do not compete.
        assert (await scaler.scaled(hub.publish(2, b"other"), 50)).jpeg == b"50:other"
    assert await shown(scaler, 50) == b"50:picture"


async def test_a_width_that_nobody_uses_makes_room(
    hub: Hub, scaler: Scaler, scissors: Scissors
) -> None:
    """Whoever asks for ever new widths displaces nobody and costs no memory."""
    frame = hub.publish(1, b"picture")
    with ExitStack() as viewers:
        for width in WIDTHS[:-1]:
            viewers.enter_context(scaler.subscribe(1, width))
        for width in range(1000, 1100):
            assert (await scaler.scaled(frame, width)).jpeg == b"%d:picture" % width
        scissors.cuts.clear()
        await scaler.scaled(frame, 1099)
        assert scissors.cuts == []
        await scaler.scaled(frame, 1098)
        assert scissors.cuts == [b"1098:picture"]


async def test_the_one_that_was_longest_not_wanted_makes_room(
    hub: Hub, scaler: Scaler, scissors: Scissors
) -> None:
    frame = hub.publish(1, b"picture")
    for width in [*WIDTHS, WIDTHS[0], 50]:
        await scaler.scaled(frame, width)
    scissors.cuts.clear()
    await scaler.scaled(frame, WIDTHS[0])
    assert scissors.cuts == []
    await scaler.scaled(frame, WIDTHS[1])
    assert scissors.cuts == [b"200:picture"]
