"""How fast the way to the server is, measured with the camera's own pictures.

A ping follows every piece, and its answer tells that the server has read that far. Only some pieces
are ever on the way: what a slow link still holds when we hang up would stand in the way of the
next connection.
"""

from itertools import count

import trio

from camclient.doctor.finding import Finding, ok, warn
from camclient.doctor.server import Line
from camclient.doctor.trouble import Trouble
from camclient.trial import Trial

SUBJECT = "link"
PINGS = 3
PING_TIMEOUT = 4.0  # seconds
PIECE = 16 * 1024  # bytes; as in `push`
IN_FLIGHT = 8  # pieces: 128 KiB fill a round trip of 50 ms at 20 Mbit/s
SENDING = 1.0  # seconds; enough for TCP to find its pace
DRAINING = 4.0  # seconds more for what is on the way
MOST_BYTES = 4 * 1024 * 1024


async def check_link(line: Line, trial: Trial | None, *, wanted_fps: float | None) -> Finding:
    """Measure, and say what rate of pictures the link carries.

    trial: the source's pictures; None: it gave none.
    wanted_fps: as it was configured; None: what the source gave.
    Raises: Trouble when pings are not answered; ConnectionClosed.
    """
    round_trip = min([await _ping(line) for _ in range(PINGS)])
    text = f"round trip {round_trip * 1000:.0f} ms"
    if trial is None:
        return ok(SUBJECT, text, "its rate is not known, as there are no pictures to send")
    speed = await measure(line, trial.sample, round_trip)
    text += f", {speed / 1000:.0f} kB/s"
    wanted = max(trial.fps, 1.0) if wanted_fps is None else min(wanted_fps, trial.fps or wanted_fps)
    size = trial.picture_bytes
    needs = f"{wanted:.3g} fps of {size / 1000:.1f} kB need {wanted * size / 1000:.0f} kB/s"
    if speed >= wanted * size:
        return ok(SUBJECT, text, f"enough: {needs}")
    return warn(
        SUBJECT,
        text,
        f"carries {speed / size:.2g} fps: {needs}",
        "camclient sends less by itself; --width, --quality and --fps say how much less",
    )


async def measure(line: Line, jpeg: bytes, round_trip: float) -> float:
    """Send pictures for a second; bytes per second, 0 when nothing was answered.

    jpeg: is sent again and again. round_trip: of a ping on the idle connection, in seconds.
    Raises: ConnectionClosed.
    """
    answered: list[tuple[float, int]] = []
    began = trio.current_time()
    with trio.move_on_after(SENDING + DRAINING):
        async with trio.open_nursery() as nursery:
            await _send(line, line.wire.send_frame(jpeg), answered, nursery)
    if not answered:
        return 0.0
    at, total = answered[-1]
    # An answer takes its way back; a link that is faster than our clock is fast enough.
    return total / max(at - began - round_trip, 1e-4)


async def _ping(line: Line) -> float:
    began = trio.current_time()
    with trio.move_on_after(PING_TIMEOUT) as waiting:
        await line.socket.ping()
    if waiting.cancelled_caught:
        raise Trouble(
            f"no answer to a ping within {PING_TIMEOUT:g} s",
            "a link that loses nearly everything, or a proxy that keeps pings for itself?",
        )
    return trio.current_time() - began


async def _send(
    line: Line, message: bytes, answered: list[tuple[float, int]], nursery: trio.Nursery
) -> None:
    """Send until the time or the amount is enough; the nursery waits for the answers.

    answered: gets, for each piece, when the server had read how many bytes.
    """
    free = trio.Semaphore(IN_FLIGHT)
    number = count(1)  # two pings must not look the same

    async def wait_for_answer(sent: int) -> None:
        await line.socket.ping(next(number).to_bytes(4, "big"))
        answered.append((trio.current_time(), sent))
        free.release()

    sent, end = 0, trio.current_time() + SENDING
    while sent < MOST_BYTES and trio.current_time() < end:
        for start in range(0, len(message), PIECE):
            await free.acquire()
            piece = message[start : start + PIECE]
            await line.socket.send_message(piece)
            sent += len(piece)
            nursery.start_soon(wait_for_answer, sent)
