from camserve.relay import Frame, Viewer


def frame(sequence: int) -> Frame:
    return Frame(camera_id=1, sequence=sequence, arrived_at=0.0, arrived=10.0, jpeg=b"jpeg")


def test_the_books_of_a_viewer() -> None:
    viewer = Viewer("mjpeg", fps=5)
    assert (viewer.sent, viewer.dropped, viewer.age, viewer.sequence) == (0, 0, None, None)
    # What was sent before it came is not what it missed.
    assert viewer.got(frame(100), 10.5)
    assert (viewer.sent, viewer.dropped, viewer.age, viewer.sequence) == (1, 0, 0.5, 100)
    assert viewer.got(frame(101), 11.0)
    assert viewer.got(frame(105), 12.0)
    assert (viewer.sent, viewer.dropped, viewer.age, viewer.sequence) == (3, 3, 2.0, 105)


def test_a_repeat_is_no_frame() -> None:
    viewer = Viewer("mjpeg")
    viewer.got(frame(7), 10.0)
    assert not viewer.got(frame(7), 99.0)
    assert (viewer.sent, viewer.dropped, viewer.age) == (1, 0, 0.0)
