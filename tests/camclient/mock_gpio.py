"""gpiozero's own stand-in for the GPIO of a Pi; imported only by tests of the motor."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol, cast

from gpiozero import Device
from gpiozero.pins.mock import MockFactory, MockPWMPin


class Pin(Protocol):
    """A pin that remembers."""

    frequency: float | None
    state: float
    function: str


class Gpio:
    """The pins of a mock Pi.

    Attributes:
        fail: every pulse is an error, as when a daemon is gone.
        positions: where each servo was put, -1 to 1, by the number of its GPIO.
    """

    def __init__(self) -> None:
        self.fail = False
        self.positions: dict[int, list[float]] = {}
        gpio = self

        class RecordingPin(MockPWMPin):  # type: ignore[misc]  # gpiozero has no types
            def _set_state(self, value: float) -> None:
                if gpio.fail:
                    raise OSError("the daemon is gone")
                super()._set_state(value)
                if value > 0:  # else it ends the pulses
                    # Pulses of 1 to 2 ms in 20 ms, as gpiozero makes them.
                    position = (value * 20 - 1.5) / 0.5
                    gpio.positions.setdefault(self._number, []).append(round(position, 9))

        self.factory = MockFactory(pin_class=RecordingPin)

    def pin(self, number: int) -> Pin:
        return cast(Pin, self.factory.pin(number))

    def pulsing(self, number: int) -> bool:
        return self.pin(number).frequency is not None


@contextmanager
def mock_gpio() -> Iterator[Gpio]:
    """gpiozero uses mock pins for as long as the block runs."""
    gpio = Gpio()
    before, Device.pin_factory = Device.pin_factory, gpio.factory
    try:
        yield gpio
    finally:
        gpio.factory.close()
        Device.pin_factory = before
