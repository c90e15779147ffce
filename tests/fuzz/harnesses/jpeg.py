"""Trimming gives a JPEG's beginning up to an end of image, or nothing; its size is one or None."""

from camserve.wire import MAX_PADDING_BYTES, jpeg_dimensions, trim_jpeg

LARGEST = 65535  # pixels; ITU-T T.81, table B.2


def check(data: bytes) -> None:
    for payload in (data, b"\xff\xd8\xff" + data):
        trimmed = trim_jpeg(payload)
        if trimmed is not None:
            assert payload.startswith(trimmed)
            assert trimmed.startswith(b"\xff\xd8\xff")
            assert trimmed.endswith(b"\xff\xd9")
            assert len(payload) - len(trimmed) <= MAX_PADDING_BYTES
            assert b"\xff\xd9" not in payload[len(trimmed) :]
            assert trim_jpeg(trimmed) is trimmed
        size = jpeg_dimensions(payload)
        assert size is None or all(1 <= pixels <= LARGEST for pixels in size)
