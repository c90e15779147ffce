"""wss: to the right server only."""

import shutil
import ssl
import subprocess
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path

import pytest
import trio

from camclient.failures import PushError
from tests.camclient.fakes import Push, greet, open_sockets, start_server, wait_until

Handler = Callable[[trio.SocketStream], Awaitable[None]]

OPENSSL = shutil.which("openssl")


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[Path, Path]:
    """A self-signed certificate for localhost, and its key."""
    if OPENSSL is None:
        pytest.skip("needs the openssl program")
    certificate, key = tmp_path / "certificate.pem", tmp_path / "key.pem"
    command = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2"
    names = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
    files = ["-keyout", str(key), "-out", str(certificate)]
    subprocess.run([OPENSSL, *command.split(), *names, *files], check=True, capture_output=True)
    return certificate, key


def server_context(certificate: tuple[Path, Path]) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(*certificate)
    return context


async def test_a_trusted_server_gets_the_hello(
    nursery: trio.Nursery, begin: Push, certificate: tuple[Path, Path]
) -> None:
    server = await start_server(nursery, tls=server_context(certificate))
    trusting = ssl.create_default_context(cafile=str(certificate[0]))
    begin(f"wss://localhost:{server.port}", print, trusting)
    with trio.fail_after(5):
        await greet(server)


@pytest.mark.parametrize(
    ("host", "trusted", "reason"),
    [("localhost", False, "self"), ("127.0.0.1", True, "IP address mismatch")],
)
async def test_a_server_that_cannot_prove_who_it_is_gets_nothing(
    nursery: trio.Nursery,
    begin: Push,
    ended: list[PushError],
    certificate: tuple[Path, Path],
    host: str,
    trusted: bool,
    reason: str,
) -> None:
    async def handle(stream: trio.SSLStream[trio.SocketStream]) -> None:
        with pytest.raises(trio.BrokenResourceError):
            await stream.do_handshake()
        await trio.aclose_forcefully(stream)

    serve = partial(trio.serve_ssl_over_tcp, handle, 0, server_context(certificate))
    listeners = await nursery.start(partial(serve, host="127.0.0.1"))
    before = open_sockets()
    port = listeners[0].transport_listener.socket.getsockname()[1]
    trusting = ssl.create_default_context(cafile=str(certificate[0])) if trusted else None
    begin(f"wss://{host}:{port}", print, trusting)
    await wait_until(lambda: ended)
    message = str(ended[0])
    assert message.startswith("cannot connect: its certificate is not accepted: ")
    assert reason in message
    assert "\n" not in message
    await wait_until(lambda: open_sockets() == before)


async def speak_smtp(stream: trio.SocketStream) -> None:
    await stream.send_all(b"220 mail.example.org ESMTP\r\n")
    await stream.receive_some()


async def hang_up(stream: trio.SocketStream) -> None:
    await stream.receive_some()


@pytest.mark.parametrize(
    ("handler", "message"),
    [
        (speak_smtp, "cannot connect: it does not speak TLS (ws:// instead of wss://?)"),
        (hang_up, "cannot connect: it hung up during the TLS handshake"),
    ],
)
async def test_a_server_without_tls(
    nursery: trio.Nursery, begin: Push, ended: list[PushError], handler: Handler, message: str
) -> None:
    listeners = await nursery.start(partial(trio.serve_tcp, handler, 0, host="127.0.0.1"))
    begin(f"wss://127.0.0.1:{listeners[0].socket.getsockname()[1]}")
    await wait_until(lambda: ended)
    assert str(ended[0]).startswith(message)
