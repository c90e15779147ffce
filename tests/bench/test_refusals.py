from .refusals import SHARES, kinds, measure


def test_all_kinds_of_proofs_are_refused_and_measured() -> None:
    for right, look in kinds().values():
        assert look(right)
    for times in measure(3):
        assert list(times.medians) == list(SHARES)
        assert times.kind in str(times)


def test_none_of_them_is_right() -> None:
    from .refusals import _wrong

    for right, look in kinds().values():
        for share in SHARES:
            wrong = _wrong(right, share)
            assert len(wrong) == len(right)
            assert not look(wrong)
