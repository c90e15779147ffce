import dataclasses

import pytest

from camserve.wire import ClientInfoReceived, FrameReceived, MoveReceived, TokenReceived


def test_no_log_can_show_a_token_or_a_picture() -> None:
    assert "secret" not in repr(TokenReceived("secret"))
    assert "secret" not in repr(ClientInfoReceived(1, "secret"))
    assert len(repr(FrameReceived(bytes(1000)))) < 100


def test_events_do_not_change() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        MoveReceived(0, 0).x = 1  # type: ignore[misc]
