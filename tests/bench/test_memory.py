from .memory import PARTS, Memory


def memory(*parts: int, lost: int = 0) -> Memory:
    return Memory(200, 6.0, tuple(part for part in parts for _ in range(10)), lost)


STEADY = [60_000_000] * PARTS


def test_memory_that_stays_is_fine() -> None:
    assert all(check.met for check in memory(*STEADY).checks())


def test_what_is_taken_at_the_beginning_is_no_growth() -> None:
    assert all(check.met for check in memory(20_000_000, *STEADY[1:]).checks())


def test_growth_is_told() -> None:
    (check,) = memory(*(60_000_000 + 200_000 * part for part in range(PARTS))).checks()
    assert not check.met
    assert check.measured.startswith("+1.60 MB")


def test_a_lost_viewer_is_told() -> None:
    assert not any(check.met for check in memory(*STEADY, lost=1).checks())


def test_the_table() -> None:
    (table,) = memory(*STEADY).tables()
    assert table.rows == [("200", "600", "60.00", "60.00", "60.00")]
