from camclient.backoff import Backoff


def longest(low: float, high: float) -> float:
    assert low == 0
    return high


def test_delays_double_up_to_the_cap() -> None:
    backoff = Backoff(0.5, 30, longest)
    assert [backoff.next_delay() for _ in range(9)] == [0.5, 1, 2, 4, 8, 16, 30, 30, 30]


def test_reset_begins_again() -> None:
    backoff = Backoff(0.5, 30, longest)
    for _ in range(5):
        backoff.next_delay()
    backoff.reset()
    assert backoff.next_delay() == 0.5


def test_the_whole_delay_is_random() -> None:
    backoff = Backoff()
    delays = [backoff.next_delay() for _ in range(200)][10:]
    assert 0 <= min(delays) < 5
    assert 25 < max(delays) <= 30
