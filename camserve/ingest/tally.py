"""How connections of cameras ended, counted by reason."""

from .closing import REASONS, Close

LEFT = "left"


class Tally:
    """Counts since the start.

    refused: those that never showed a right token, but were told why
    ended: those that did; `left`: the camera ended it itself
    """

    def __init__(self) -> None:
        # All from the beginning, so that the first one is seen as a rise from 0.
        self.refused = dict.fromkeys(REASONS, 0)
        self.ended = dict.fromkeys((LEFT, *REASONS), 0)

    def refuse(self, close: Close) -> None:
        """A stranger was told to go."""
        self.refused[close.word] += 1

    def end(self, close: Close | None) -> None:
        """A publisher's connection has ended; None: by itself."""
        self.ended[LEFT if close is None else close.word] += 1
