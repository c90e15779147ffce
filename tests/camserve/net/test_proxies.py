"""What reverse proxies say is believed as far as they can know it."""

from ipaddress import ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from camserve.net.proxies import Origin, forwarded

TRUSTED = (ip_network("127.0.0.1"), ip_network("10.0.0.0/8"), ip_network("fd00::/8"))


def origin(peer: str, *headers: tuple[str, str]) -> Origin:
    raw = [(name.encode(), value.encode("latin-1")) for name, value in headers]
    return forwarded(peer, raw, TRUSTED)


def address(peer: str, *values: str) -> str:
    return origin(peer, *(("X-Forwarded-For", value) for value in values)).address


def test_nobody_said_anything() -> None:
    assert origin("127.0.0.1") == Origin("127.0.0.1")


def test_a_stranger_is_not_believed() -> None:
    said = [
        ("X-Forwarded-For", "1.1.1.1"),
        ("X-Forwarded-Proto", "https"),
        ("X-Forwarded-Host", "example.org"),
        ("X-Forwarded-Prefix", "/x"),
    ]
    assert origin("8.8.8.8", *said) == Origin("8.8.8.8")
    assert origin("unknown", *said) == Origin("unknown")


def test_a_proxy_is() -> None:
    assert origin(
        "127.0.0.1",
        ("x-forwarded-for", "8.8.8.8"),
        ("X-FORWARDED-PROTO", "HTTPS"),
        ("X-Forwarded-Host", "example.org:8443"),
        ("X-Forwarded-Prefix", "/cams/"),
    ) == Origin("8.8.8.8", "https", "example.org:8443", "/cams")


@pytest.mark.parametrize(
    ("values", "client"),
    [
        (["8.8.8.8"], "8.8.8.8"),
        (["1.1.1.1, 8.8.8.8"], "8.8.8.8"),  # the left one anybody may have made up
        (["1.1.1.1", "8.8.8.8"], "8.8.8.8"),  # two fields are one list
        (["8.8.8.8, 10.0.0.9"], "8.8.8.8"),  # two proxies of ours
        (["10.0.0.5, 8.8.8.8, 10.0.0.9"], "8.8.8.8"),
        (["10.0.0.5, 10.0.0.9"], "10.0.0.5"),  # only ours: the one furthest away
        (["8.8.8.8:4711"], "8.8.8.8"),
        (["[2001:db8::1]:4711"], "2001:db8::1"),
        (["2001:DB8::1"], "2001:db8::1"),
        (["::ffff:8.8.8.8"], "8.8.8.8"),
        (["8.8.8.8, fd00::1"], "8.8.8.8"),
        (["8.8.8.8, nonsense"], "127.0.0.1"),  # whoever that was; our proxy is sure
        (["8.8.8.8, nonsense, 10.0.0.9"], "10.0.0.9"),
        (["unknown"], "127.0.0.1"),
        ([""], "127.0.0.1"),
        (["8.8.8.8,"], "127.0.0.1"),
    ],
)
def test_the_client_is_the_rightmost_that_is_not_ours(values: list[str], client: str) -> None:
    assert address("127.0.0.1", *values) == client
    assert address("::ffff:127.0.0.1", *values) == client


@pytest.mark.parametrize(
    ("chain", "scheme"),
    [
        ("8.8.8.8", "http"),  # appended by the one proxy; what the client said is left of it
        ("8.8.8.8, 10.0.0.9", "https"),  # by the outer one of two
        ("8.8.8.8, 10.0.0.9, 10.0.0.8, 10.0.0.7", "https"),  # some proxies replace it
    ],
)
def test_the_proxy_next_to_the_client_knows_how_it_came(chain: str, scheme: str) -> None:
    said = origin("127.0.0.1", ("X-Forwarded-For", chain), ("X-Forwarded-Proto", "https, http"))
    assert said.scheme == scheme


@pytest.mark.parametrize("scheme", ["", "ftp", "https://", "httpss", "ws"])
def test_no_scheme(scheme: str) -> None:
    assert origin("127.0.0.1", ("X-Forwarded-Proto", scheme)).scheme is None


@pytest.mark.parametrize(
    ("host", "good"),
    [
        ("example.org", True),
        ("example.org:80", True),
        ("192.168.1.1", True),
        ("[2001:db8::1]:80", True),
        ("my_nas.local", True),
        ("", False),
        ("a b", False),
        ("user@example.org", False),
        ("example.org/path", False),
        ("example.org:port", False),
        ("ex\xe4mple.org", False),
        ("example.org\r\nX: y", False),
    ],
)
def test_hosts(host: str, good: bool) -> None:
    found = origin("127.0.0.1", ("X-Forwarded-Host", host)).host
    assert found == (host if good else None)


@pytest.mark.parametrize(
    ("given", "prefix"),
    [
        ("/cams", "/cams"),
        ("/cams/", "/cams"),
        ("/a/b.c-d_~", "/a/b.c-d_~"),
        ("/", ""),
        ("", None),
        ("cams", None),
        ("//evil.example", None),
        ("/a//b", None),
        ("/..", None),
        ("/a/./b", None),
        ("/a/...", "/a/..."),
        ("/a?b", None),
        ("/a b", None),
        ("/%2e%2e", None),
        ("/\\evil.example", None),
        ("/" + "a" * 5000, None),
    ],
)
def test_prefixes(given: str, prefix: str | None) -> None:
    assert origin("127.0.0.1", ("X-Forwarded-Prefix", given)).prefix == prefix


NAMES = st.sampled_from([b"X-Forwarded-" + one for one in (b"For", b"Proto", b"Host", b"Prefix")])


@given(st.lists(st.tuples(NAMES, st.binary(max_size=60))))
def test_anything_gives_something_harmless(headers: list[tuple[bytes, bytes]]) -> None:
    """Whatever is said, every part is one that may stand in a URL, or none."""
    found = forwarded("127.0.0.1", headers, TRUSTED)
    assert set(found.address) <= set("0123456789abcdef.:")
    assert found.scheme in {None, "http", "https"}
    assert found.host is None or not set(found.host) & set("/@\r\n ?#\\")
    assert not found.prefix or (found.prefix[0] == "/" and found.prefix[1] != "/")
