"""Requests whose bodies are the trouble: of unclear length, or forms that lie."""

from collections.abc import Iterator
from itertools import product

from tests.serving import jpeg

#: Of a stranger who got a frame in.
FOREIGN = jpeg(b"this picture is a stranger's")


def http(target: str, *lines: str, method: str = "GET", body: bytes = b"") -> bytes:
    head = [f"{method} {target} HTTP/1.1", "Host: test", *lines]
    if body:
        head.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*head, "", ""]).encode("latin-1") + body


def smuggled() -> Iterator[bytes]:
    """Requests of unclear length, with one behind them that an inner server might take apart."""
    inner = http("/get-image?cameraId=1")
    lengths = [
        "Content-Length: 0\r\nTransfer-Encoding: chunked",
        "Transfer-Encoding: chunked\r\nContent-Length: 5",
        "Transfer-Encoding : chunked",
        "Transfer-Encoding: xchunked",
        "Transfer-Encoding: chunked, identity",
        "Transfer-Encoding:\x0bchunked",
        "Content-Length: 5\r\nContent-Length: 6",
        "Content-Length: 5, 5",
        "Content-Length: -1",
        "Content-Length: +5",
        "Content-Length: 5_0",
        "Content-Length: 0x5",
        "Content-Length: 99999999999999999999999999",
        " Content-Length: 5",
        "X: y\r\n Content-Length: 5",
        "X: y\nContent-Length: 5",
    ]
    bodies = [
        b"0\r\n\r\n",
        b"-1\r\n\r\n",
        b"ffffffffffffffff\r\n",
        b"5;x=\r\nhello\r\n0\r\n\r\n",
        b"hello",
    ]
    for length, body, method in product(lengths, bodies, ["POST", "GET"]):
        yield http("/healthz", length, method=method) + body + inner
    for preface in [
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"GET / HTTP/0.9\r\n\r\n",
        b"GET /list\r\n\r\n",
    ]:
        yield preface + bytes(9) + inner


def forms(token: str) -> Iterator[bytes]:
    wrong = token[:-1] + ("0" if token[-1] != "0" else "1")
    fields = {
        "right order": [("cameraId", "1"), ("token", wrong), ("image", "")],
        "picture first": [("image", ""), ("cameraId", "1"), ("token", wrong)],
        "twice": [("cameraId", "1"), ("token", wrong), ("cameraId", "2"), ("image", "")],
        "no token": [("cameraId", "1"), ("image", "")],
        "odd id": [("cameraId", "1\0"), ("token", wrong), ("image", "")],
        "no such": [("cameraId", "9" * 30), ("token", wrong), ("image", "")],
    }
    for parts, boundary in product(fields.values(), ["x", "", "x" * 300, '"', "--", "a b"]):
        body = b"".join(_part(boundary, *part) for part in parts) + f"--{boundary}--\r\n".encode()
        kind = f"Content-Type: multipart/form-data; boundary={boundary}"
        for path in ["/update-image", "/camera/update-image"]:
            yield http(path, kind, method="POST", body=body)
        yield http("/update-image", kind, method="POST", body=body[: len(body) // 2])
        yield http("/login", kind, method="POST", body=body)


def _part(boundary: str, name: str, value: str) -> bytes:
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"'
    if name == "image":
        return head.encode() + b'; filename="x"\r\n\r\n' + FOREIGN + b"\r\n"
    return f"{head}\r\n\r\n{value}\r\n".encode()
