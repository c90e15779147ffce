"""Binding, and one line for a person when it cannot be."""

import errno

import pytest
import trio

from camserve.net.listen import ListenError, bound_port, open_listeners


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost", ""])
async def test_port_0_is_any_free_port(host: str) -> None:
    listeners = await open_listeners(host, 0)
    try:
        assert {listener.socket.getsockname()[1] for listener in listeners} == {
            bound_port(listeners)
        }
        assert bound_port(listeners) > 0
    finally:
        for listener in listeners:
            await listener.aclose()


async def failure(host: str, port: int = 0) -> str:
    with pytest.raises(ListenError) as caught:
        await open_listeners(host, port)
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
async def test_a_port_in_use(host: str) -> None:
    (listener,) = await open_listeners("127.0.0.1", 0)
    async with listener:
        port = bound_port([listener])
        message = await failure(host, port)
        assert message == f"port {port} on {host} is in use by another program"
        assert await failure("", port) == (
            f"port {port} on all addresses is in use by another program"
        )


async def test_an_address_of_another_machine() -> None:
    message = await failure("192.0.2.1")  # RFC 5737: nobody has it
    assert message == "cannot listen on '192.0.2.1': not an address of this machine"


@pytest.mark.parametrize("host", ["no.such.name.invalid", "1.2.3.4.5", "a..b", "a" * 70, "⒈.com"])
async def test_a_name_that_is_none(host: str) -> None:
    message = await failure(host)
    assert message == f"cannot listen on {host!r}: not an address or a name that is known here"


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (errno.EACCES, "port 80 on 127.0.0.1 is not allowed without more rights"),
        (errno.EINVAL, "cannot listen on port 80 on 127.0.0.1: "),
    ],
)
async def test_what_the_system_refuses(
    number: int, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # These tests may run as root, who is allowed everything.
    async def refuse(*_: object, **__: object) -> None:
        raise OSError(number, "reason")

    monkeypatch.setattr(trio, "open_tcp_listeners", refuse)
    assert (await failure("127.0.0.1", 80)).startswith(words)
