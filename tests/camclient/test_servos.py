"""The driver, with the real gpiozero on its own mock pins."""

import subprocess
import sys
from collections.abc import Iterator

import pytest

pytest.importorskip("gpiozero")

from gpiozero import Device

from camclient.servos import GpiozeroServos, MotorError
from tests.camclient.mock_gpio import Gpio, mock_gpio


@pytest.fixture
def gpio() -> Iterator[Gpio]:
    with mock_gpio() as gpio:
        yield gpio


def test_opening_moves_nothing(gpio: Gpio) -> None:
    servos = GpiozeroServos(17, 18)
    servos.open()
    assert not gpio.pulsing(17)
    assert not gpio.pulsing(18)
    assert gpio.positions == {}
    servos.close()


def test_x_is_the_pitch_pin_and_y_the_yaw_pin(gpio: Gpio) -> None:
    servos = GpiozeroServos(5, 6)
    servos.open()
    servos.put(0.5, -1)
    assert gpio.positions == {5: [0.5], 6: [-1]}
    assert gpio.pulsing(5)
    assert gpio.pulsing(6)
    servos.close()


def test_detached_servos_get_no_pulses_until_the_next_position(gpio: Gpio) -> None:
    servos = GpiozeroServos(17, 18)
    servos.open()
    servos.put(0, 0)
    servos.detach()
    assert not gpio.pulsing(17)
    assert not gpio.pulsing(18)
    servos.put(0.25, 0)
    assert gpio.positions[17] == [0, 0.25]
    assert gpio.pulsing(17)
    servos.close()


def test_closing_ends_the_pulses_and_frees_the_pins(gpio: Gpio) -> None:
    servos = GpiozeroServos(17, 18)
    for _ in range(2):
        servos.open()
        servos.put(1, 1)
        servos.close()
        assert not gpio.pulsing(17)
        servos.close()


def test_a_fault_is_one_line(gpio: Gpio) -> None:
    servos = GpiozeroServos(17, 18)
    servos.open()
    gpio.fail = True
    with pytest.raises(MotorError, match=r"^the daemon is gone$"):
        servos.put(0, 0)
    servos.close()


def test_pins_in_use_are_told_and_given_back(gpio: Gpio) -> None:
    first, second = GpiozeroServos(17, 18), GpiozeroServos(4, 18)
    first.open()
    with pytest.raises(MotorError, match="GPIO18 is already in use"):
        second.open()
    first.close()
    second.open()  # pin 4 was let go of when 18 could not be had
    second.close()


def test_a_connection_of_its_own_is_made_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    # That of pigpio never works again once its daemon was restarted.
    monkeypatch.setenv("GPIOZERO_PIN_FACTORY", "mock")
    monkeypatch.setenv("GPIOZERO_MOCK_PIN_CLASS", "mockpwmpin")
    servos = GpiozeroServos(17, 18)
    factories = [Device.pin_factory]
    for act in (servos.open, servos.close, servos.open, servos.close):
        act()
        factories.append(Device.pin_factory)
    before, first, between, second, after = factories
    assert before is between is after is None
    assert None not in (first, second)
    assert first is not second


def complaint(missing: str, broken: str = "") -> str:
    """What is said where these modules cannot be imported.

    broken: one whose import ends in lgpio's own way.
    """
    code = f"""
import sys, types

def find_spec(name, *_):
    if name in {missing.split()}:
        raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)
    if name == {broken!r}:
        raise FileNotFoundError(2, "No such file or directory", ".lgd-nfy-3")

sys.meta_path.insert(0, types.SimpleNamespace(find_spec=find_spec))
from camclient.servos import GpiozeroServos, MotorError
try:
    GpiozeroServos(17, 18).open()
except MotorError as error:
    print(error)
"""
    command = [sys.executable, "-W", "error", "-c", code]
    result = subprocess.run(command, capture_output=True, text=True, timeout=30, check=True)
    assert result.stderr == ""
    assert result.stdout.count("\n") == 1
    return result.stdout


def test_without_gpiozero_it_says_how_to_get_it() -> None:
    assert complaint("gpiozero") == (
        "No module named 'gpiozero' "
        '(pip install "camserve[motor]" or apt install python3-gpiozero python3-lgpio)\n'
    )


def test_without_any_access_to_pins_it_says_what_was_tried() -> None:
    said = complaint("lgpio RPi pigpio gpiozero.pins.native")
    assert said.startswith("Unable to load any default pin factory!; lgpio: No module named")
    assert said.endswith("(apt install python3-lgpio, or pip install lgpio)\n")


def test_lgpio_in_a_directory_that_it_cannot_write_to() -> None:
    # gpiozero's issue 1106: lgpio makes a pipe in the working directory when it is imported.
    said = complaint("RPi pigpio gpiozero.pins.native", broken="lgpio")
    assert said.endswith("(start camclient in a directory that it may write to)\n")
