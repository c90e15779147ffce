import os
from pathlib import Path

import pytest

from camclient.doctor.finding import Finding, Verdict
from camclient.doctor.wireless import check_wireless, find_iw, route, signal_level
from tests.camclient.doctor.computer import Computer

ETHERNET = "eth0 0001A8C0 00000000 0001 0 0 100 00FFFFFF 0 0 0"  # 192.168.1.0/24
WIFI = "wlan0 0001A8C0 00000000 0001 0 0 600 00FFFFFF 0 0 0"
DEFAULT = "wlan0 00000000 0101A8C0 0003 0 0 600 00000000 0 0 0"
DOWN = "ppp0 0501A8C0 00000000 0000 0 0 0 FFFFFFFF 0 0 0"  # 192.168.1.5/32, not up


def fake_iw(tmp_path: Path, answer: str) -> str:
    program = tmp_path / "iw"
    program.write_text(f'#!/bin/sh\n[ "$*" = "dev wlan0 get power_save" ] && {answer}\n')
    program.chmod(0o755)
    return str(program)


async def check(computer: Computer, iw: str | None = None) -> Finding:
    return await check_wireless("192.168.1.10", computer.root, iw)


@pytest.mark.parametrize(
    ("lines", "address", "interface"),
    [
        ([DEFAULT, ETHERNET], "192.168.1.10", "eth0"),
        ([DEFAULT, ETHERNET], "10.0.0.1", "wlan0"),
        ([WIFI, ETHERNET], "192.168.1.10", "eth0"),
        ([DOWN, WIFI], "192.168.1.5", "wlan0"),
        ([ETHERNET], "10.0.0.1", None),
        ([], "10.0.0.1", None),
    ],
)
def test_the_route(
    computer: Computer, lines: list[str], address: str, interface: str | None
) -> None:
    computer.routes(*lines)
    assert route(address, computer.root) == interface


def test_the_route_in_ipv6(computer: Computer) -> None:
    zeros = "0" * 32
    table = [
        f"fd{'0' * 30} 08 {zeros} 00 {zeros} 00000100 00000001 00000000 00000001 wlan0",
        f"{zeros} 00 {zeros} 00 fe80{'0' * 27}1 00000400 00000001 00000000 00000003 eth0",
        f"{zeros} 00 {zeros} 00 {zeros} ffffffff 00000001 00000000 00200201 lo",
    ]
    computer.write("proc/net/ipv6_route", "\n".join(table) + "\n")
    assert route("fd00::1", computer.root) == "wlan0"
    assert route("2001:db8::1", computer.root) == "eth0"
    assert route("fe80::1%eth0", computer.root) == "eth0"
    computer.write("proc/net/ipv6_route", table[2] + "\n")  # what a computer without IPv6 has
    assert route("2001:db8::1", computer.root) is None


async def test_power_saving_on_is_a_warning_with_the_command(
    computer: Computer, tmp_path: Path
) -> None:
    computer.routes(WIFI)
    computer.wireless("wlan0")
    finding = await check(computer, fake_iw(tmp_path, "echo 'Power save: on'"))
    assert finding.verdict is Verdict.WARN
    assert finding.text == "wlan0, signal -61 dBm, power saving on"
    assert "sudo iw dev wlan0 set power_save off" in finding.hints[0]


async def test_power_saving_off_is_well(computer: Computer, tmp_path: Path) -> None:
    computer.routes(WIFI)
    computer.wireless("wlan0")
    finding = await check(computer, fake_iw(tmp_path, "echo 'Power save: off'"))
    assert finding.verdict is Verdict.OK
    assert finding.text == "wlan0, signal -61 dBm, power saving off"


@pytest.mark.parametrize("answer", ["exit 1", "echo nothing"])
async def test_an_iw_that_does_not_know(computer: Computer, tmp_path: Path, answer: str) -> None:
    computer.routes(WIFI)
    computer.wireless("wlan0")
    assert (await check(computer, fake_iw(tmp_path, answer))).verdict is Verdict.SKIP


@pytest.mark.parametrize("iw", [None, "/nowhere/iw"])
async def test_without_iw_it_says_so(computer: Computer, iw: str | None) -> None:
    computer.routes(WIFI)
    computer.wireless("wlan0")
    finding = await check(computer, iw)
    assert finding.verdict is Verdict.SKIP
    assert finding.hints == ("sudo apt install iw",)


async def test_a_weak_signal_is_a_warning(computer: Computer) -> None:
    computer.routes(WIFI)
    computer.wireless("wlan0", "-81.")
    finding = await check(computer)
    assert finding.verdict is Verdict.WARN
    assert finding.text == "wlan0, signal -81 dBm (weak)"


async def test_a_cable_is_of_no_interest(computer: Computer) -> None:
    computer.routes(ETHERNET)
    computer.wireless("wlan0")
    finding = await check(computer)
    assert finding.verdict is Verdict.SKIP
    assert finding.text == "eth0 leads to the server and is not wireless"


async def test_a_driver_without_statistics_is_wireless_by_its_directory(
    computer: Computer, tmp_path: Path
) -> None:
    computer.routes(WIFI)
    (computer.root / "sys/class/net/wlan0/wireless").mkdir(parents=True)
    finding = await check(computer, fake_iw(tmp_path, "echo 'Power save: off'"))
    assert finding.text == "wlan0, power saving off"


@pytest.mark.parametrize(
    ("host", "text"),
    [
        ("127.0.0.1", "the server is on this computer"),
        ("nowhere.invalid", "no network interface leads to nowhere.invalid"),
    ],
)
async def test_servers_that_no_wifi_leads_to(computer: Computer, host: str, text: str) -> None:
    finding = await check_wireless(host, computer.root, None)
    assert (finding.verdict, finding.text) == (Verdict.SKIP, text)


def test_a_level_that_is_no_dbm_is_not_shown(computer: Computer) -> None:
    computer.wireless("wlan0", "199.")
    assert signal_level("wlan0", computer.root) is None
    assert signal_level("wlan1", computer.root) is None


def test_iw_is_looked_for_where_debian_puts_it() -> None:
    found = find_iw()
    assert found is None or os.access(found, os.X_OK)
