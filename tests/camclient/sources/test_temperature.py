from pathlib import Path

import pytest

from camclient.sources.temperature import cpu_temperature


def add(thermal: Path, number: int, kind: str | None, temp: str | None) -> None:
    zone = thermal / f"thermal_zone{number}"
    zone.mkdir()
    if kind is not None:
        (zone / "type").write_text(kind + "\n")
    if temp is not None:
        (zone / "temp").write_text(temp + "\n")


@pytest.mark.parametrize("kind", ["cpu-thermal", "x86_pkg_temp"])
def test_the_processors_own_sensor_counts_wherever_it_stands(tmp_path: Path, kind: str) -> None:
    add(tmp_path, 0, "acpitz", "27800")
    add(tmp_path, 1, "iwlwifi", "33000")
    add(tmp_path, 10, kind, "48312")
    assert cpu_temperature(tmp_path) == 48.312


def test_else_the_first_one_that_can_be_read(tmp_path: Path) -> None:
    add(tmp_path, 10, "b", "1000")
    add(tmp_path, 0, "cpu-thermal", None)
    add(tmp_path, 1, "odd", "no number")
    add(tmp_path, 2, None, "-5000")
    assert cpu_temperature(tmp_path) == -5


def test_a_computer_without_sensors(tmp_path: Path) -> None:
    assert cpu_temperature(tmp_path) is None
    assert cpu_temperature(tmp_path / "nothing") is None
