"""The task that turns the camera: moves of viewers in, steps of the servos out."""

import logging
from collections.abc import Callable
from functools import partial
from typing import NoReturn

import trio

from camclient.motion import Limits, Motion
from camclient.servos import MotorError, Servos

#: How long a servo is held where it arrived: it still swings in, and the next move may come.
REST = 0.5  # seconds
#: For one call of the library; the first one imports it, on a Pi Zero.
CALL_TIMEOUT = 30.0  # seconds
#: After a fault, how long nothing is tried.
PAUSE = 10.0  # seconds
#: How long the end waits for the pins.
RELEASE_TIMEOUT = 1.0  # seconds

log = logging.getLogger(__name__)


class Motor:
    """Turns the camera to where the newest move wants it.

    A fault is logged, once while it stays the same, and outlived: the next move tries again, and
    the camera streams on meanwhile.
    """

    def __init__(self, limits: Limits, servos: Servos) -> None:
        self._motion = Motion(limits)
        self._interval = limits.interval
        self._servos = servos
        self._moved = trio.Event()
        # A call that hangs, in a daemon that does not answer, holds up nothing but the motor.
        self._thread = trio.CapacityLimiter(1)
        self._reported: str | None = None

    def move(self, x: float, y: float) -> None:
        """Turn there, pitch and yaw, each -1 to 1; an earlier move is forgotten. Never waits."""
        self._motion.aim(x, y)
        self._moved.set()

    async def run(self) -> NoReturn:
        """Obey until cancelled; then the servos are let go of, within a second."""
        try:
            while True:
                try:
                    await self._in_thread(self._servos.open)
                    self._recovered()
                    await self._obey()
                except MotorError as error:
                    self._report(str(error))
                await self._release()
                self._moved = trio.Event()
                await trio.sleep(PAUSE)
                await self._moved.wait()
        finally:
            await self._release()

    async def _obey(self) -> NoReturn:
        while True:
            await self._moved.wait()
            await self._turn()
            await self._in_thread(self._servos.detach)

    async def _turn(self) -> None:
        """Step until the camera is where it shall be, and has stayed there for a rest."""
        due = trio.current_time()
        while True:
            self._moved = trio.Event()
            arrived = False
            while not arrived:  # at least one step: where the servos really stand is not known
                await trio.sleep_until(due)
                # Steps that came late are not made up for: that would be faster than allowed.
                due = trio.current_time() + self._interval
                await self._in_thread(partial(self._servos.put, *self._motion.step()))
                arrived = self._motion.arrived
            with trio.move_on_after(REST):
                await self._moved.wait()
            if not self._moved.is_set():
                return

    async def _in_thread(self, call: Callable[[], None]) -> None:
        with trio.move_on_after(CALL_TIMEOUT) as calling:
            await trio.to_thread.run_sync(call, abandon_on_cancel=True, limiter=self._thread)
        if calling.cancelled_caught:
            raise MotorError(f"no answer within {CALL_TIMEOUT:g} s")

    async def _release(self) -> None:
        with trio.move_on_after(RELEASE_TIMEOUT, shield=True):
            await self._in_thread(self._servos.close)

    def _report(self, reason: str) -> None:
        if reason != self._reported:
            log.warning("the motor does not work, pictures go on without it: %s", reason)
            self._reported = reason

    def _recovered(self) -> None:
        log.log(logging.DEBUG if self._reported is None else logging.INFO, "the motor is ready")
        self._reported = None
