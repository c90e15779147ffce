"""The transitions of contract and hub: online, stale, offline, with a scripted clock."""

import pytest

from camserve.relay import Publisher, State
from camserve.relay.presence import Presence

STALE_AFTER = 10.0


@pytest.fixture
def presence() -> Presence:
    return Presence(STALE_AFTER)


@pytest.fixture
def publisher() -> Publisher:
    return Publisher()


def test_never_connected_is_offline(presence: Presence) -> None:
    assert presence.state(0) is State.OFFLINE
    assert presence.publisher is None


def test_connected_without_a_frame_is_stale(presence: Presence, publisher: Publisher) -> None:
    assert presence.connected(publisher) is None
    assert presence.publisher is publisher
    assert presence.state(5) is State.STALE


def test_a_frame_makes_it_online_until_stale_after(
    presence: Presence, publisher: Publisher
) -> None:
    presence.connected(publisher)
    presence.frame_arrived(1, uploaded=False)
    assert presence.state(1) is State.ONLINE
    assert presence.state(1 + STALE_AFTER) is State.ONLINE
    assert presence.state(1.001 + STALE_AFTER) is State.STALE


def test_the_next_frame_makes_it_online_again(presence: Presence, publisher: Publisher) -> None:
    presence.connected(publisher)
    presence.frame_arrived(1, uploaded=False)
    assert presence.state(50) is State.STALE
    presence.frame_arrived(50, uploaded=False)
    assert presence.state(50) is State.ONLINE


def test_gone_is_offline_at_once(presence: Presence, publisher: Publisher) -> None:
    presence.connected(publisher)
    presence.frame_arrived(1, uploaded=False)
    presence.disconnected(publisher)
    assert presence.state(1) is State.OFFLINE
    assert presence.publisher is None


def test_a_frame_of_the_connection_before_counts_as_long_as_any(
    presence: Presence, publisher: Publisher
) -> None:
    presence.connected(publisher)
    presence.frame_arrived(1, uploaded=False)
    presence.disconnected(publisher)
    presence.connected(Publisher())
    assert presence.state(1 + STALE_AFTER) is State.ONLINE
    assert presence.state(1.001 + STALE_AFTER) is State.STALE


def test_a_takeover_names_the_replaced_and_outlives_its_end(
    presence: Presence, publisher: Publisher
) -> None:
    newer = Publisher()
    presence.connected(publisher)
    assert presence.connected(newer) is publisher
    presence.frame_arrived(2, uploaded=False)
    presence.disconnected(publisher)
    assert presence.publisher is newer
    assert presence.state(2) is State.ONLINE


def test_an_upload_counts_as_a_connection_for_stale_after(presence: Presence) -> None:
    presence.frame_arrived(1, uploaded=True)
    assert presence.state(1) is State.ONLINE
    assert presence.state(1 + STALE_AFTER) is State.ONLINE
    assert presence.state(1.001 + STALE_AFTER) is State.OFFLINE


def test_an_upload_keeps_a_silent_connection_online(
    presence: Presence, publisher: Publisher
) -> None:
    presence.frame_arrived(1, uploaded=True)
    presence.connected(publisher)
    assert presence.state(2) is State.ONLINE
    assert presence.state(2 + STALE_AFTER) is State.STALE


def test_a_frame_from_a_connection_is_no_upload(presence: Presence, publisher: Publisher) -> None:
    presence.connected(publisher)
    presence.frame_arrived(1, uploaded=False)
    presence.disconnected(publisher)
    assert presence.state(1) is State.OFFLINE
