"""The text of the unit; what systemd thinks of it is in test_service.py."""

from pathlib import Path

import pytest

from camclient.unit import Unit
from camserve.unit import UnitError, quote


def lines(unit: Unit) -> list[str]:
    return str(unit).splitlines()


@pytest.mark.parametrize("word", ["two\nlines", "\x1b[2J", "tab\t"])
def test_what_would_not_stay_one_line_is_refused(word: str) -> None:
    with pytest.raises(UnitError):
        quote(word)
    with pytest.raises(UnitError):
        str(Unit(1, ["camclient"], credentials={"token": Path(word)}))


def test_a_unit_without_devices_has_none() -> None:
    text = lines(Unit(1, ["/bin/camclient"]))
    assert "PrivateDevices=yes" in text
    assert "DynamicUser=yes" in text
    assert "ProtectHome=yes" in text
    assert not [one for one in text if one.startswith(("DeviceAllow", "LoadCred", "Supplem"))]


def test_devices_and_groups() -> None:
    text = lines(Unit(1, ["/bin/camclient"], devices=["char-81"], groups=["video", "gpio"]))
    assert "PrivateDevices=yes" not in text
    assert {"DevicePolicy=closed", "DeviceAllow=char-81 rw"} <= set(text)
    assert "SupplementaryGroups=video gpio" in text


def test_whoever_owns_the_home_directory_runs_it() -> None:
    text = lines(Unit(1, ["/home/pi/bin/camclient"], user="pi"))
    assert {"User=pi", "ProtectHome=read-only"} <= set(text)
    assert "DynamicUser=yes" not in text


def test_variables_keep_their_dollars() -> None:
    text = lines(Unit(1, ["/bin/camclient"], environment={"CAMCLIENT_NAME": "a $b 5%"}))
    assert 'Environment="CAMCLIENT_NAME=a $b 5%%"' in text


def test_the_way_to_put_the_token_in_its_place_is_in_the_unit() -> None:
    path = Path("/etc/camclient/token")
    text = str(Unit(1, ["/bin/camclient"], credentials={"token": path}, token_hint=path))
    assert "#   sudo install -D -m 600 /dev/stdin /etc/camclient/token\n" in text
    assert "\nLoadCredential=token:/etc/camclient/token\n" in text
