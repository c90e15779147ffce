"""Two servos on the GPIO pins of a Pi, through gpiozero, which is imported only here and late.

Everything here may block: importing takes a second on a Pi Zero, and with pigpio each pulse is a
round trip to its daemon.
"""

import contextlib
import warnings
from typing import Protocol

#: What to do about it, by a word in what the libraries say; the first that fits counts.
ADVICE = {
    "No module named 'gpiozero'": (
        'pip install "camserve[motor]" or apt install python3-gpiozero python3-lgpio'
    ),
    # lgpio makes a pipe where the program was started. gpiozero's issue 1106.
    ".lgd-nfy": "start camclient in a directory that it may write to",
    "No module named 'lgpio'": "apt install python3-lgpio, or pip install lgpio",
    "ermission": "its user must be in the group gpio",
    "can not open gpiochip": "its user must be in the group gpio",
}


class MotorError(Exception):
    """The servos cannot be moved; the message is one line, fit for a person.

    Trying again later may help: a daemon is started, a library is installed.
    """


class Servos(Protocol):
    """What moves the camera. Its methods block, and are called from one thread at a time."""

    def open(self) -> None:
        """Take hold of the pins; nothing moves yet. Again after `close()`.

        Raises:
            MotorError: no library, no GPIO, no permission, or the pins are in use.
        """

    def put(self, x: float, y: float) -> None:
        """Give the pulses for this position, pitch and yaw, each -1 to 1.

        Raises:
            MotorError: the hardware or the daemon in between is gone; close and open it again.
        """

    def detach(self) -> None:
        """Give no more pulses until the next `put`: no jitter, no current.

        Raises:
            MotorError: as `put`.
        """

    def close(self) -> None:
        """Let go of the pins. Never raises; twice does nothing."""


class _Servo(Protocol):
    """What we use of gpiozero.Servo, which has no types."""

    value: float | None

    def close(self) -> None: ...


class GpiozeroServos:
    """The two servos, by the numbers of their GPIOs (BCM)."""

    def __init__(self, pitch_pin: int, yaw_pin: int) -> None:
        self._pins = (pitch_pin, yaw_pin)
        self._servos: list[_Servo] = []
        self._own_factory = False

    def open(self) -> None:
        with warnings.catch_warnings(record=True) as caught:
            # gpiozero warns of every kind of access that it tries in vain. When none works, that
            # is what a person has to know.
            warnings.simplefilter("always")
            try:
                self._open()
            # The pin libraries raise what they like, and a camera does not end for its motor.
            except Exception as error:
                self.close()
                raise _explain(error, *(str(one.message) for one in caught)) from error

    def _open(self) -> None:
        from gpiozero import Device, Servo

        self._own_factory = self._own_factory or Device.pin_factory is None
        for pin in self._pins:
            # No first position: it would jump there, from wherever it stands.
            self._servos.append(Servo(pin, initial_value=None))

    def put(self, x: float, y: float) -> None:
        self._set(x, y)

    def detach(self) -> None:
        self._set(None, None)

    def _set(self, *values: float | None) -> None:
        try:
            for servo, value in zip(self._servos, values, strict=True):
                servo.value = value
        except Exception as error:  # as in open()
            raise _explain(error) from error

    def close(self) -> None:
        while self._servos:
            with contextlib.suppress(Exception):  # as in open(), and nobody can do anything
                self._servos.pop().close()  # this ends the pulses, too
        if self._own_factory:
            self._forget_factory()

    def _forget_factory(self) -> None:
        """Let the next `open` choose again: a dead daemon's connection would never work again."""
        from gpiozero import Device

        factory, Device.pin_factory = Device.pin_factory, None
        if factory is not None:
            with contextlib.suppress(Exception):  # as in close()
                factory.close()
        self._own_factory = False


def _explain(error: Exception, *attempts: str) -> MotorError:
    """One line of what the libraries say, and what a person can do about it."""
    said = "; ".join([str(error) or type(error).__name__, *attempts])
    advice = next((way for word, way in ADVICE.items() if word in said), None)
    text = " ".join(said.replace("Falling back from ", "").split())
    return MotorError(f"{text} ({advice})" if advice else text)
