import pytest

from camserve.wire import LocalProtocolError, ProtocolError, RemoteProtocolError


def test_a_remote_error_says_what_to_answer() -> None:
    error = RemoteProtocolError(1008, "Invalid token")
    assert (error.code, error.reason) == (1008, "Invalid token")
    assert str(error) == "Invalid token (1008)"


@pytest.mark.parametrize("kind", [LocalProtocolError, RemoteProtocolError])
def test_one_base_catches_both_sides(kind: type[Exception]) -> None:
    assert issubclass(kind, ProtocolError)


def test_our_fault_is_never_taken_for_theirs() -> None:
    assert not issubclass(LocalProtocolError, RemoteProtocolError)
    assert not issubclass(RemoteProtocolError, LocalProtocolError)
