"""Sockets from a service manager: which are taken, and which are refused with a reason."""

import os
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from camserve.inherited import InheritedError, take_inherited

#: Above all that the tests' own process has open; below the soft limit of everywhere.
FIRST = 800


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


@pytest.fixture
def hand_over(stack: ExitStack) -> Callable[[socket.socket], int]:
    """Gives a socket the next number that a service manager would give it."""
    numbers = iter(range(FIRST, FIRST + 10))

    def hand_over(one: socket.socket) -> int:
        number = next(numbers)
        os.dup2(one.fileno(), number, inheritable=True)
        return number

    return hand_over


def listening(stack: ExitStack) -> socket.socket:
    return stack.enter_context(socket.create_server(("127.0.0.1", 0)))


def variables(count: object, names: str, pid: int | None = None) -> dict[str, str]:
    return {
        "LISTEN_FDS": str(count),
        "LISTEN_FDNAMES": names,
        "LISTEN_PID": str(pid or os.getpid()),
        "HOME": "/",
    }


def test_they_are_taken_by_name_and_no_child_gets_them(
    stack: ExitStack, hand_over: Callable[[socket.socket], int]
) -> None:
    ports = []
    for _ in range(3):
        one = listening(stack)
        ports.append(one.getsockname()[1])
        hand_over(one)
    environ = variables(3, "http:ingest:http")
    taken = take_inherited("http", "ingest", environ=environ, first=FIRST)
    for one in [*taken["http"], *taken["ingest"]]:
        stack.enter_context(one)
        assert not one.get_inheritable()
    assert [one.getsockname()[1] for one in taken["http"]] == [ports[0], ports[2]]
    assert [one.getsockname()[1] for one in taken["ingest"]] == [ports[1]]
    assert environ == {"HOME": "/"}


@pytest.mark.parametrize("pid", [1, None])
def test_those_for_another_process_are_left_alone(pid: int | None) -> None:
    environ = variables(1, "http", pid) if pid else {"HOME": "/"}
    assert take_inherited("http", environ=environ, first=FIRST) == {}
    assert environ == {"HOME": "/"}


def test_a_name_that_nobody_knows(
    stack: ExitStack, hand_over: Callable[[socket.socket], int]
) -> None:
    hand_over(listening(stack))
    number = hand_over(listening(stack))
    with pytest.raises(InheritedError, match="called 'web'; expected http or ingest"):
        take_inherited("http", "ingest", environ=variables(2, "http:web"), first=FIRST)
    os.close(number)
    with pytest.raises(OSError, match="Bad file"):  # what was taken before is closed again
        os.fstat(FIRST)


@pytest.mark.parametrize("names", ["", "http:http"])
def test_names_that_do_not_fit_the_number(
    stack: ExitStack, hand_over: Callable[[socket.socket], int], names: str
) -> None:
    number = hand_over(listening(stack))
    with pytest.raises(InheritedError, match=r"called ''|LISTEN_FDS is 1"):
        take_inherited("http", environ=variables(1, names), first=FIRST)
    if not names:
        os.close(number)


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("client", "does not listen"),
        ("unix", "does not listen for TCP"),
        ("datagram", "does not listen for TCP"),
        ("file", "is no socket"),
        ("nothing", "cannot be used: Bad file descriptor"),
    ],
)
def test_what_is_no_listening_socket(
    stack: ExitStack,
    hand_over: Callable[[socket.socket], int],
    tmp_path: Path,
    kind: str,
    reason: str,
) -> None:
    if kind == "file":
        os.dup2(stack.enter_context((tmp_path / "file").open("w")).fileno(), FIRST)
    elif kind != "nothing":
        family = socket.AF_UNIX if kind == "unix" else socket.AF_INET
        type_ = socket.SOCK_DGRAM if kind == "datagram" else socket.SOCK_STREAM
        one = stack.enter_context(socket.socket(family, type_))
        if kind == "unix":
            one.bind(str(tmp_path / "socket"))
            one.listen()
        hand_over(one)
    with pytest.raises(InheritedError, match=reason):
        take_inherited("http", environ=variables(1, "http"), first=FIRST)
    if kind == "file":
        os.close(FIRST)
