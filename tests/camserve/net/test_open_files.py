"""There are never more connections than the system has files for."""

import resource

import pytest

from camserve.net.open_files import RESERVE, room_for_connections


@pytest.fixture
def limits(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The soft and the hard limit, as the system would have them."""
    now = [1024, 4096]

    def set_limits(which: int, both: tuple[int, int]) -> None:
        assert which == resource.RLIMIT_NOFILE
        if now[1] != resource.RLIM_INFINITY and both[0] > now[1]:
            raise ValueError("not allowed to raise maximum limit")
        now[:] = both

    monkeypatch.setattr(resource, "getrlimit", lambda which: tuple(now))
    monkeypatch.setattr(resource, "setrlimit", set_limits)
    return now


@pytest.mark.parametrize(
    ("soft", "hard", "wanted", "room", "soft_after"),
    [
        (1024, 4096, 500, 500, 1024),  # enough already
        (1024, 4096, 2000, 2000, 2000 + RESERVE),
        (1024, 4096, 9000, 4096 - RESERVE, 4096),
        (1024, 1024, 4096, 1024 - RESERVE, 1024),
        (100, 100, 4096, 50, 100),
        (1024, resource.RLIM_INFINITY, 9000, 9000, 9000 + RESERVE),
        (resource.RLIM_INFINITY, resource.RLIM_INFINITY, 9000, 9000, resource.RLIM_INFINITY),
    ],
)
def test_room(
    limits: list[int], soft: int, hard: int, wanted: int, room: int, soft_after: int
) -> None:
    limits[:] = soft, hard
    assert room_for_connections(wanted) == room
    assert limits == [soft_after, hard]


def test_a_system_that_does_not_let_it(limits: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError

    monkeypatch.setattr(resource, "setrlimit", refuse)
    assert room_for_connections(4000) == 1024 - RESERVE
    assert limits == [1024, 4096]
