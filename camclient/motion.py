"""How the camera turns: where the servos stand at each step. No input or output, no clock.

x is pitch and y is yaw, each from -1 to 1. Both axes follow the same rules on their own: never
outside of the limits, never faster than the limit, speed gathered and lost gently, and when there
is a new target it counts from the next step on.
"""

import math
from dataclasses import dataclass

#: A servo takes one pulse in 20 ms; steps that follow more quickly are never seen.
SHORTEST_INTERVAL = 0.02  # seconds
#: From standing still to full speed, so that neither gears nor picture jerk.
RAMP = 0.25  # seconds
#: A way that no servo shows; without it the last bit would take many steps.
INVISIBLE = 1e-6
#: Slower than this nobody sees it turn, and rounding would keep it from arriving.
LEAST_SPEED = 0.01  # units per second
#: From here on an `updateInterval` is in milliseconds: no camera steps once in a second.
LEAST_MILLISECONDS = 1.0


class LimitsError(ValueError):
    """No camera can turn within such limits; the message names the key of the settings file."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What the mount allows; `read_limits` makes one of settings.

    Attributes:
        x, y: lowest and highest position, within -1 to 1.
        max_speed: of each axis, in units per second; it needs two of them from end to end.
        interval: seconds between two steps.
    """

    x: tuple[float, float] = (-1.0, 1.0)
    y: tuple[float, float] = (-1.0, 1.0)
    max_speed: float = 1.0
    interval: float = SHORTEST_INTERVAL


def read_limits(
    *,
    min_x: float | None = None,
    max_x: float | None = None,
    min_y: float | None = None,
    max_y: float | None = None,
    max_speed: float | None = None,
    update_interval: float | None = None,
) -> Limits:
    """Make limits of what a person gave; None: the default.

    Args:
        min_x, max_x, min_y, max_y: the range of the position; beyond -1 or 1 it limits nothing.
        update_interval: seconds, or milliseconds from 1 on, as some old files have it.

    Raises:
        LimitsError: a range without a position in it, a speed too low, an interval not above 0.
    """
    if max_speed is not None and max_speed < LEAST_SPEED:
        raise LimitsError(f"maxSpeed: expected at least {LEAST_SPEED:g}, not {max_speed:g}")
    if update_interval is None:
        interval = SHORTEST_INTERVAL
    elif update_interval <= 0:
        raise LimitsError(f"updateInterval: expected seconds above 0, not {update_interval:g}")
    elif update_interval >= LEAST_MILLISECONDS:
        interval = update_interval / 1000
    else:
        interval = update_interval
    return Limits(
        _range("X", min_x, max_x),
        _range("Y", min_y, max_y),
        1.0 if max_speed is None else max_speed,
        max(interval, SHORTEST_INTERVAL),
    )


class Axis:
    """One servo.

    Attributes:
        position: where it stands; at first the middle, as nothing tells where it really is.
        target: where it goes.
    """

    def __init__(self, low: float, high: float, max_speed: float, interval: float) -> None:
        self._low, self._high = low, high
        self._max_speed = max_speed
        self._interval = interval
        # Never so gentle that one step would not change the speed at all.
        self._acceleration = max_speed / max(RAMP, interval)
        self._velocity = 0.0  # units per second
        self.position = self.target = self._within(0.0)

    @property
    def arrived(self) -> bool:
        return self.position == self.target

    def aim(self, target: float) -> None:
        """Go there, or as near as the limits allow, from the next step on."""
        self.target = self._within(target)

    def step(self) -> None:
        """One interval later."""
        distance = self.target - self.position
        # From this speed, after one more step with it, it can still brake until it is there:
        # v t + v² / 2 a = s.
        ahead = math.hypot(
            self._interval, math.sqrt(2 / self._acceleration) * math.sqrt(abs(distance))
        )
        braking = self._acceleration * (ahead - self._interval)
        wanted = math.copysign(min(self._max_speed, braking), distance)
        change = self._acceleration * self._interval
        self._velocity += min(max(wanted - self._velocity, -change), change)
        way = self._velocity * self._interval
        if way * distance >= 0 and abs(way) >= abs(distance) - INVISIBLE:
            self.position, self._velocity = self.target, 0.0
        else:
            # It brakes before each limit; this is for rounding, as gpiozero takes nothing beyond 1.
            self.position = self._within(self.position + way)

    def _within(self, position: float) -> float:
        return min(max(position, self._low), self._high)


class Motion:
    """Both axes."""

    def __init__(self, limits: Limits) -> None:
        self._x = Axis(*limits.x, limits.max_speed, limits.interval)
        self._y = Axis(*limits.y, limits.max_speed, limits.interval)

    @property
    def position(self) -> tuple[float, float]:
        """(x, y) as of the last step."""
        return self._x.position, self._y.position

    @property
    def arrived(self) -> bool:
        """Whether another step would change nothing."""
        return self._x.arrived and self._y.arrived

    def aim(self, x: float, y: float) -> None:
        """Turn there, each -1 to 1; what was the target before is forgotten."""
        self._x.aim(x)
        self._y.aim(y)

    def step(self) -> tuple[float, float]:
        """One interval later; returns the position then."""
        self._x.step()
        self._y.step()
        return self.position


def _range(axis: str, least: float | None, most: float | None) -> tuple[float, float]:
    low = -1.0 if least is None else max(least, -1.0)
    high = 1.0 if most is None else min(most, 1.0)
    if least is not None and least > (1.0 if most is None else most):
        raise LimitsError(f"min{axis}: expected a number up to {high:g}, not {least:g}")
    if low > high:
        wrong, value = (f"min{axis}", low) if low > 1 else (f"max{axis}", high)
        raise LimitsError(f"{wrong}: expected a number from -1 to 1, not {value:g}")
    return low, high
