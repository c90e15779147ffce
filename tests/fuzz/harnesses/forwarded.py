"""What somebody says about a proxy is believed of our proxies only, and only when it is proper."""

import ipaddress
import re

from camserve.net.proxies import forwarded
from tests.fuzz.cutting import cut

NAMES = (b"X-Forwarded-For", b"x-forwarded-proto", b"X-FORWARDED-HOST", b"X-Forwarded-Prefix")
TRUSTED = [ipaddress.ip_network("10.0.0.0/8"), ipaddress.ip_network("fd00::/8")]
PROXY, STRANGER = "10.0.0.1", "192.0.2.7"


def check(data: bytes) -> None:
    pieces = cut(data)
    headers = [(NAMES[number % len(NAMES)], piece) for number, piece in enumerate(pieces)]
    stranger = forwarded(STRANGER, headers, TRUSTED)
    assert (stranger.address, stranger.scheme, stranger.host, stranger.prefix) == (
        STRANGER,
        None,
        None,
        None,
    )
    said = forwarded(PROXY, headers, TRUSTED)
    ipaddress.ip_address(said.address)
    assert said.scheme in {None, "http", "https"}
    for text in (said.host, said.prefix):
        assert text is None or not re.search(r"[^!-~]", text), text
    assert said.prefix is None or (said.prefix + "/").startswith("/")
    assert "//" not in (said.prefix or "")
    assert "/../" not in (said.prefix or "") + "/"
    forwarded(data[:40].decode("latin-1"), headers, TRUSTED)  # a peer of any name
