import pytest

from camclient.endpoint import Endpoint, parse_endpoint


@pytest.mark.parametrize(
    ("url", "host", "port", "resource", "tls", "authority"),
    [
        ("ws://pi:8001", "pi", 8001, "/video-input-stream", False, "pi:8001"),
        ("ws://pi:8001/", "pi", 8001, "/video-input-stream", False, "pi:8001"),
        ("ws://pi/cam?a=1", "pi", 80, "/cam?a=1", False, "pi"),
        ("wss://example.org", "example.org", 443, "/video-input-stream", True, "example.org"),
        ("wss://example.org:80", "example.org", 80, "/video-input-stream", True, "example.org:80"),
        ("ws://pi.local.:8001", "pi.local.", 8001, "/video-input-stream", False, "pi.local.:8001"),
        ("WS://[::1]:8001/x", "::1", 8001, "/x", False, "[::1]:8001"),
    ],
)
def test_a_url_says_where_to_connect(
    url: str, host: str, port: int, resource: str, tls: bool, authority: str
) -> None:
    endpoint = parse_endpoint(url)
    assert endpoint == Endpoint(host, port, resource, tls)
    assert endpoint.authority == authority


@pytest.mark.parametrize(
    "url",
    [
        "",
        "pi:8001",
        "http://pi:8001",
        "ws://",
        "ws://:8001",
        "ws://pi:0",
        "ws://pi:99999",
        "ws://pi:x",
        "ws://pi/#part",
        "ws://me@pi",
        "ws://pi/a b",
        "ws://pi/\r\nX: y",
        "ws://[::1",
        "ws://a..b:80",
        "ws://.:80",
        f"ws://{'a' * 64}.org",
    ],
)
def test_anything_else_is_refused_with_an_example(url: str) -> None:
    with pytest.raises(ValueError, match=r"^expected a URL like ws://") as caught:
        parse_endpoint(url)
    assert repr(url) in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("url", "meant"),
    [
        ("localhost:8211", "ws://localhost:8211"),
        ("192.168.1.10", "ws://192.168.1.10"),
        ("http://pi:8001/", "ws://pi:8001/"),
        ("HTTPS://example.org", "wss://example.org"),
    ],
)
def test_what_may_be_meant_is_offered(url: str, meant: str) -> None:
    with pytest.raises(ValueError) as caught:
        parse_endpoint(url)
    assert caught.value.__notes__ == [f"did you mean {meant}?"]


@pytest.mark.parametrize(
    "url", ["", "ws://", "ws://pi:0", "ftp://pi", "a b", "pi:99999", "http://"]
)
def test_what_nobody_can_mean_is_not_offered(url: str) -> None:
    with pytest.raises(ValueError) as caught:
        parse_endpoint(url)
    assert not hasattr(caught.value, "__notes__")
