"""Certificates for servers of tests, and the clients that trust them."""

import ssl
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import cast

import pytest
import trio
import trustme


@dataclass
class Authority:
    """Signs certificates; its files are in `directory`."""

    directory: Path
    ca: trustme.CA = field(default_factory=trustme.CA)

    @property
    def ca_file(self) -> Path:
        path = self.directory / "ca.pem"
        self.ca.cert_pem.write_to_path(str(path))
        return path

    def issue(
        self,
        *names: str,
        file: str = "server",
        not_before: datetime | None = None,
        not_after: datetime | None = None,
    ) -> tuple[Path, Path]:
        """Certificate and key; a later one of the same name replaces it."""
        issued = self.ca.issue_cert(
            *(names or ("localhost", "127.0.0.1")), not_before=not_before, not_after=not_after
        )
        certfile, keyfile = self.directory / f"{file}.pem", self.directory / f"{file}.key"
        chain = b"".join(blob.bytes() for blob in issued.cert_chain_pems)
        certfile.write_bytes(chain)
        keyfile.write_bytes(issued.private_key_pem.bytes())
        return certfile, keyfile

    def trusting(self) -> ssl.SSLContext:
        """For a client that believes this authority only."""
        context = ssl.create_default_context(cafile=str(self.ca_file))
        context.set_alpn_protocols(["http/1.1"])
        return context


class TlsClient(trio.abc.HalfCloseableStream):
    """A client's end; to it, TCP that ends without TLS's farewell has broken."""

    def __init__(self, tcp: trio.SocketStream, context: ssl.SSLContext) -> None:
        self.socket = tcp.socket
        self.tls = trio.SSLStream(tcp, context, server_hostname="localhost")

    async def send_eof(self) -> None:
        """Of TCP: in TLS it is not half a close."""
        await self.tls.transport_stream.send_eof()

    async def send_all(self, data: bytes | bytearray | memoryview) -> None:
        await self.tls.send_all(data)

    async def wait_send_all_might_not_block(self) -> None:
        await self.tls.wait_send_all_might_not_block()

    async def receive_some(self, max_bytes: int | None = None) -> bytes | bytearray:
        return await self.tls.receive_some(max_bytes)

    async def aclose(self) -> None:
        await self.tls.transport_stream.aclose()


async def secured(tcp: trio.SocketStream, context: ssl.SSLContext) -> trio.SocketStream:
    """The client's end after the handshake; it has what tests use of a plain one."""
    client = TlsClient(tcp, context)
    await client.tls.do_handshake()
    return cast(trio.SocketStream, client)


@pytest.fixture(scope="session")
def shared_authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """For tests that change nothing of it."""
    authority = Authority(tmp_path_factory.mktemp("authority"))
    authority.issue()
    return authority


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)
