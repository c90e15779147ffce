"""No limit takes the first picture of a source that is opened anew: there may be no other."""

import sys

from camclient.sources import SourceOptions
from camclient.sources.program import ProgramSource
from tests.camclient.sources.fake_video import Clock
from tests.camclient.sources.jpeg_streams import picture


def test_a_program_of_one_picture_is_not_thinned_away(clock: Clock) -> None:
    script = f"import sys; sys.stdout.buffer.write({picture(1, size=16)!r})"
    source = ProgramSource([sys.executable, "-c", script], SourceOptions(), clock)
    source.limit(0.2)
    for _ in range(3):  # the clock stands still
        source.open()
        try:
            assert source.read().encode(80)
        finally:
            source.close()
