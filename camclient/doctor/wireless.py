"""Whether Wi-Fi is on the way to the server, how strong it is, and whether it naps."""

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from pathlib import Path

import trio

from camclient.doctor.finding import Finding, ok, skip, warn

SUBJECT = "wifi"
IW_TIMEOUT = 2.0  # seconds
WEAK = -75  # dBm; below it rates fall to a few Mbit/s
RTF_UP = 1  # linux/route.h
RTF_REJECT = 0x200


def find_iw() -> str | None:
    """The program `iw`, which Debian keeps out of the PATH of ordinary users."""
    path = os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/sbin", "/sbin"])
    return shutil.which("iw", path=path)


async def check_wireless(host: str, root: Path, iw: str | None) -> Finding:
    """Look at the interface that leads to the server. iw: the program, None when there is none."""
    addresses = await _addresses(host)
    if any(ip_address(address.partition("%")[0]).is_loopback for address in addresses):
        return skip(SUBJECT, "the server is on this computer")
    interface = next((name for address in addresses if (name := route(address, root))), None)
    if interface is None:
        return skip(SUBJECT, f"no network interface leads to {host}")
    if not _is_wireless(interface, root):
        return skip(SUBJECT, f"{interface} leads to the server and is not wireless")
    level = signal_level(interface, root)
    text = interface if level is None else f"{interface}, signal {level} dBm"
    hints: list[str] = []
    if level is not None and level < WEAK:
        text += " (weak)"
        hints.append("nearer to the access point, another antenna, or the 2.4 GHz band")
    naps = None if iw is None else await _saves_power(iw, interface)
    if naps:
        text += ", power saving on"
        hints += [
            "power saving makes pictures late: sudo iw dev " + interface + " set power_save off",
            "for good: docs/how_to_guides/pi_zero.md",
        ]
    if hints:
        return warn(SUBJECT, text, *hints)
    if naps is None:
        return skip(SUBJECT, f"{text}; power saving unknown", "sudo apt install iw")
    return ok(SUBJECT, f"{text}, power saving off")


def route(address: str, root: Path) -> str | None:
    """The interface that packets to `address` leave by, as the kernel's tables say."""
    target = ip_address(address.partition("%")[0])
    if isinstance(target, IPv4Address):
        found = _ipv4_routes(target, root)
    else:
        found = _ipv6_routes(target, root)
    # The longest prefix wins, then the lowest metric.
    return min(found, default=(0, 0, None))[2]


def signal_level(interface: str, root: Path) -> int | None:
    """dBm; None when the driver does not say."""
    for line in _lines(root / "proc/net/wireless"):
        name, _, rest = line.partition(":")
        fields = rest.split()
        if name.strip() == interface and len(fields) > 2:
            level = float(fields[2])
            return int(level) if level < 0 else None
    return None


def _ipv4_routes(target: IPv4Address, root: Path) -> Iterator[tuple[int, int, str]]:
    """(-bits, metric, interface) of the routes that fit; numbers are in the machine's order."""
    for line in _lines(root / "proc/net/route")[1:]:
        fields = line.split()
        if len(fields) < 8 or not int(fields[3], 16) & RTF_UP:
            continue
        destination, mask = (socket.ntohl(int(fields[n], 16)) for n in (1, 7))
        if int(target) & mask == destination:
            yield -mask.bit_count(), int(fields[6]), fields[0]


def _ipv6_routes(target: IPv6Address, root: Path) -> Iterator[tuple[int, int, str]]:
    for line in _lines(root / "proc/net/ipv6_route"):
        fields = line.split()
        if len(fields) < 10 or not int(fields[8], 16) & RTF_UP or int(fields[8], 16) & RTF_REJECT:
            continue
        bits = int(fields[1], 16)
        if target in IPv6Network((int(fields[0], 16), bits), strict=False):
            yield -bits, int(fields[5], 16), fields[9]


def _is_wireless(interface: str, root: Path) -> bool:
    return (root / "sys/class/net" / interface / "wireless").exists() or any(
        line.partition(":")[0].strip() == interface for line in _lines(root / "proc/net/wireless")
    )


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text().splitlines()
    except OSError:
        return []


async def _addresses(host: str) -> list[str]:
    try:
        found = await trio.socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except OSError:
        return []
    return [str(entry[4][0]) for entry in found]


async def _saves_power(iw: str, interface: str) -> bool | None:
    """None: it does not say."""
    with trio.move_on_after(IW_TIMEOUT):
        try:
            done = await trio.run_process(
                [iw, "dev", interface, "get", "power_save"],
                capture_stdout=True,
                stderr=subprocess.DEVNULL,
                check=False,
            )
        except OSError:
            return None
        words = done.stdout.decode(errors="replace").lower().split()
        if words[:2] == ["power", "save:"] and words[2:] in (["on"], ["off"]):
            return words[2] == "on"
    return None
