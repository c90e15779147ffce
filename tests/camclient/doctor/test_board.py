import pytest

from camclient.doctor.board import check_board
from camclient.doctor.finding import Verdict
from tests.camclient.doctor.computer import Computer


def pi(computer: Computer, *, alarm: str, temperature: int) -> None:
    computer.write("proc/device-tree/model", "Raspberry Pi Zero W Rev 1.1\0")
    computer.write("sys/class/hwmon/hwmon0/name", "cpu_thermal\n")
    computer.write("sys/class/hwmon/hwmon1/name", "rpi_volt\n")
    computer.write("sys/class/hwmon/hwmon1/in0_lcrit_alarm", alarm)
    computer.write("sys/class/thermal/thermal_zone0/temp", f"{temperature}\n")


def test_a_pi_that_is_well(computer: Computer) -> None:
    pi(computer, alarm="0\n", temperature=48312)
    finding = check_board(computer.root)
    assert finding is not None
    assert (finding.verdict, finding.hints) == (Verdict.OK, ())
    assert finding.text == "48 °C, voltage as it should be"


@pytest.mark.parametrize(
    ("alarm", "temperature", "hint"),
    [("1\n", 48000, "power supply"), ("0\n", 82000, "heat sink")],
)
def test_a_pi_that_suffers(computer: Computer, alarm: str, temperature: int, hint: str) -> None:
    pi(computer, alarm=alarm, temperature=temperature)
    finding = check_board(computer.root)
    assert finding is not None
    assert finding.verdict is Verdict.WARN
    assert hint in finding.hints[0]


def test_nothing_is_said_of_other_computers(computer: Computer) -> None:
    computer.write("sys/class/thermal/thermal_zone0/temp", "95000\n")
    assert check_board(computer.root) is None
    computer.write("proc/device-tree/model", "Raspberry Pi 5\0")
    assert check_board(computer.root) is not None
    (computer.root / "sys/class/thermal/thermal_zone0/temp").unlink()
    assert check_board(computer.root) is None
