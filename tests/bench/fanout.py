"""Many viewers of one camera: what a delivered frame costs, as a multiple of the floor.

Floor and server take turns, the order turning round each time. Only ratios within one round are
used, and of them the median.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from statistics import median

from .kind import MJPEG, Kind
from .plan import Plan
from .table import Check, Table
from .turn import FLOOR, Turn, take_turn

TARGET_RATIO = 1.5  # of mjpeg to the floor, and of the other kinds to mjpeg
TARGET_MEMORY = 60_000  # bytes per viewer
TARGET_WITHIN = 0.99  # of frames, not older than 20 ms
CROWDED = 1000  # viewers; from here on one core has to hold the frame rate, that is all

COLUMNS = (
    "kind",
    "CPU ms per 1,000 frames",
    "x floor (rounds)",
    "x mjpeg per byte",
    "cores",
    "fps got",
    "missed",
    "age p50 / p99 ms",
    "≤ 20 ms",
    "kB per viewer",
)


@dataclass(frozen=True, slots=True)
class Fanout:
    """All turns with one number of viewers."""

    viewers: int
    fps: float
    size: int
    turns: tuple[Turn, ...]
    notes: tuple[str, ...]

    def of(self, kind: str) -> list[Turn]:
        return [turn for turn in self.turns if turn.kind == kind]

    def kinds(self) -> list[str]:
        return list(dict.fromkeys(turn.kind for turn in self.turns))

    def ratios(self, kind: str, to: str = FLOOR, *, per_byte: bool = False) -> list[float]:
        """CPU per frame of one kind by that of another, by round; empty without the other.

        per_byte: CPU per byte on the wire instead: base64 makes a third more of them
        """
        others = {turn.round: turn for turn in self.of(to)}
        ratios = []
        for turn in self.of(kind):
            if (other := others.get(turn.round)) is None:
                continue
            ratio = turn.window.cpu_per_thousand / other.window.cpu_per_thousand
            ratios.append(ratio * (other.wire_bytes / turn.wire_bytes if per_byte else 1))
        return ratios

    def tables(self) -> list[Table]:
        title = f"{self.viewers:,} viewers, {self.size / 1000:g} kB frames at {self.fps:g} fps"
        return [Table(title, COLUMNS, [self._row(kind) for kind in self.kinds()], self.notes)]

    def _row(self, kind: str) -> tuple[str, ...]:
        turns = self.of(kind)
        seen = [turn.window.groups[0] for turn in turns]
        missed = sum(one.missed for one in seen) / max(1, sum(s.missed + s.frames for s in seen))
        memory = [turn.memory for turn in turns if turn.memory is not None]
        to_mjpeg = [] if kind == FLOOR else self.ratios(kind, MJPEG.name, per_byte=True)
        return (
            kind,
            f"{median(turn.window.cpu_per_thousand for turn in turns):.1f}",
            _spread(self.ratios(kind)),
            f"{median(to_mjpeg):.2f}" if to_mjpeg else "",
            f"{median(turn.window.cores for turn in turns):.2f}",
            f"{median(turn.fps for turn in turns):.1f}",
            f"{missed:.1%}",
            f"{median(s.p50 for s in seen) * 1e3:.1f} / {median(s.p99 for s in seen) * 1e3:.1f}",
            f"{median(s.within_20ms for s in seen):.1%}",
            f"{median(memory) / 1e3:.0f}" if memory else "",
        )

    def checks(self) -> Iterator[Check]:
        for kind in self.kinds():
            if kind != FLOOR:
                yield from self._checks(kind)

    def _checks(self, kind: str) -> Iterator[Check]:
        turns, who = self.of(kind), f"{self.viewers:,} viewers, {kind}"
        if self.viewers >= CROWDED:
            fps = median(turn.fps for turn in turns)
            cores = median(turn.window.cores for turn in turns)
            met = fps > self.fps * 0.99 and cores <= 1
            yield Check(f"{who}: {self.fps:g} fps", f"{fps:.1f} fps on {cores:.2f} cores", met)
            return
        is_mjpeg = kind == MJPEG.name
        to = FLOOR if is_mjpeg else MJPEG.name
        if ratios := self.ratios(kind, to, per_byte=not is_mjpeg):
            ratio = median(ratios)
            each = "frame" if is_mjpeg else "byte"
            what = f"{who}: CPU per {each} ≤ {TARGET_RATIO} x {to}"
            yield Check(what, f"{ratio:.2f}", ratio <= TARGET_RATIO)
        within = median(turn.window.groups[0].within_20ms for turn in turns)
        yield Check(f"{who}: 99 % within 20 ms", f"{within:.1%}", within >= TARGET_WITHIN)
        memory = median(turn.memory or 0.0 for turn in turns)
        what = f"{who}: < {TARGET_MEMORY / 1e3:g} kB of memory each"
        yield Check(what, f"{memory / 1e3:.0f} kB", memory < TARGET_MEMORY)


def _spread(ratios: list[float]) -> str:
    if len(ratios) < 2:
        return f"{ratios[0]:.2f}" if ratios else ""
    return f"{median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})"


def measure_fanout(plan: Plan) -> Fanout:
    """All kinds with the ordinary number of viewers."""
    return _measure(plan, plan.kinds, plan.viewers, plan.rounds)


def measure_crowd(plan: Plan) -> Fanout:
    """MJPEG once more, with as many viewers as one core is to hold."""
    return _measure(plan, (MJPEG,), plan.many_viewers, 1)


def _measure(plan: Plan, kinds: tuple[Kind, ...], viewers: int, rounds: int) -> Fanout:
    turns: list[Turn] = []
    notes = [] if plan.floor else ["There is no C compiler (cc): no floor, and no ratios to it."]
    for number in range(rounds):
        order: list[Kind | None] = [*([None] if plan.floor else []), *kinds]
        for kind in reversed(order) if number % 2 else order:
            turn = take_turn(plan, kind, viewers, number)
            if turn is not None:
                turns.append(turn)
            elif kind is not None and (note := f"{kind.name}: not served, skipped.") not in notes:
                notes.append(note)
    names = [FLOOR, *(kind.name for kind in kinds)]
    turns.sort(key=lambda turn: (names.index(turn.kind), turn.round))
    return Fanout(viewers, plan.fps, plan.size, tuple(turns), tuple(notes))
