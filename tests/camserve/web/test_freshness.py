"""What a snapshot's query asks for, decided without sockets and in scripted time."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field

import pytest
import trio
from hypothesis import given
from hypothesis import strategies as st
from trio.testing import MockClock, wait_all_tasks_blocked

from camserve.relay import Frame, Hub, Publisher, State
from camserve.web.answers import AnswerError
from camserve.web.freshness import DEFAULT_WAIT, Decision, Freshness, Question
from camserve.web.snapshot import fresh_frame

SHOW, WAIT = Decision.SHOW, Decision.WAIT
STALE_AFTER = 3.0  # seconds
CAMERA = 1


def frame(sequence: int) -> Frame:
    return Frame(CAMERA, sequence, 0.0, 0.0, b"")


@pytest.mark.parametrize(
    ("wanted", "age", "decision"),
    [
        (Freshness(), 1000.0, SHOW),
        (Freshness(max_age=2.0), 2.0, SHOW),
        (Freshness(max_age=2.0), 2.1, WAIT),
        (Freshness(max_age=0.0), 0.001, WAIT),
        (Freshness(after=9), 0.0, SHOW),
        (Freshness(after=10), 0.0, WAIT),
        (Freshness(after=11), 1000.0, SHOW),
        (Freshness(max_age=2.0, after=9), 2.1, WAIT),
        (Freshness(max_age=2.0, after=10), 1.0, WAIT),
        (Freshness(max_age=2.0, after=11), 1.0, SHOW),
        (Freshness(wait=0.0), 1000.0, SHOW),
    ],
)
def test_the_latest_frame_when_the_question_comes(
    wanted: Freshness, age: float, decision: Decision
) -> None:
    assert Question(wanted, frame(10)).decide(frame(10), age, State.ONLINE) is decision
    assert Question(wanted, frame(10)).decide(frame(10), age, State.STALE) is decision
    assert Question(wanted, frame(10)).decide(frame(10), age, State.OFFLINE) is Decision.OFFLINE


def test_a_frame_that_came_since_then_is_as_new_as_can_be() -> None:
    question = Question(Freshness(max_age=0.0), frame(10))
    assert question.decide(frame(11), 0.5, State.ONLINE) is SHOW
    assert Question(Freshness(max_age=0.0), None).decide(frame(11), 0.5, State.ONLINE) is SHOW


def test_the_frame_that_somebody_has_already_is_never_shown() -> None:
    # The number was above the latest, from another server's copy of the same frames.
    question = Question(Freshness(max_age=1.0, after=11), frame(10))
    assert question.decide(frame(11), 0.0, State.ONLINE) is WAIT
    assert question.decide(frame(12), 0.0, State.ONLINE) is SHOW


def test_a_frame_that_turns_out_to_be_unusable() -> None:
    question = Question(Freshness(), frame(10))
    question.refuse(frame(10))
    assert question.decide(frame(10), 0.0, State.ONLINE) is WAIT
    assert question.decide(frame(11), 0.0, State.ONLINE) is SHOW


@pytest.mark.parametrize(
    "wanted", [Freshness(max_age=1.0), Freshness(after=1), Freshness(wait=1.0), Freshness()]
)
def test_a_first_frame_is_waited_for_by_who_speaks_of_waiting(wanted: Freshness) -> None:
    expected = Decision.NEVER_SEEN if wanted == Freshness() else WAIT
    assert Question(wanted, None).decide(None, 0.0, State.STALE) is expected
    assert Question(wanted, None).decide(None, 0.0, State.OFFLINE) is Decision.OFFLINE


def test_the_longest_wait() -> None:
    assert Freshness().longest_wait == DEFAULT_WAIT == 5.0
    assert Freshness(wait=0.0).longest_wait == 0.0


@dataclass
class World:
    """A camera that comes, goes and sends, and people who ask for snapshots meanwhile."""

    hub: Hub = field(
        default_factory=lambda: Hub(stale_after=STALE_AFTER, wall_clock=lambda: 1_700_000_000.0)
    )
    connection: ExitStack = field(default_factory=ExitStack)
    connected: bool = False
    frames: list[Frame] = field(default_factory=list)
    waiting: int = 0

    def publish(self) -> None:
        if self.connected:
            self.frames.append(self.hub.publish(CAMERA, b"sent"))

    def upload(self) -> None:
        self.frames.append(self.hub.publish(CAMERA, b"uploaded", uploaded=True))

    def connect(self) -> None:
        self.disconnect()
        self.connection.enter_context(self.hub.connected(CAMERA, Publisher()))
        self.connected = True

    def disconnect(self) -> None:
        self.connection.close()
        self.connected = False

    async def ask(self, max_age: float | None, offset: int | None, wait: float | None) -> None:
        """offset: of `after` to the latest sequence number"""
        latest = self.hub.latest(CAMERA)
        after = None if offset is None else offset + (latest.sequence if latest else 1000)
        wanted = Freshness(max_age, after, wait)
        asked = trio.current_time()
        deadline = asked + wanted.longest_wait
        with self._waiting():
            try:
                shown = await fresh_frame(self.hub, CAMERA, Question(wanted, latest), deadline)
            except AnswerError as error:
                self._check_refusal(error.status, wanted, latest, asked)
            else:
                self._check_shown(shown, wanted, asked)

    @contextmanager
    def _waiting(self) -> Iterator[None]:
        self.waiting += 1
        try:
            yield
        finally:
            self.waiting -= 1

    def _check_shown(self, shown: Frame, wanted: Freshness, asked: float) -> None:
        now = trio.current_time()
        assert now <= asked + wanted.longest_wait
        assert shown is self.hub.latest(CAMERA)
        assert self.hub.state(CAMERA) is not State.OFFLINE
        if wanted.max_age is not None:
            assert now - shown.arrived <= wanted.max_age or shown.arrived >= asked
        if wanted.after is not None and now > asked:
            assert shown.sequence != wanted.after

    def _check_refusal(
        self, status: int, wanted: Freshness, latest: Frame | None, asked: float
    ) -> None:
        now = trio.current_time()
        if self.hub.state(CAMERA) is State.OFFLINE:
            assert status == 503
            return
        assert now == asked + (wanted.longest_wait if wanted.is_patient else 0.0)
        assert status == (503 if self.hub.latest(CAMERA) is None else 504)
        # There was nothing to show: not at the beginning, and not since.
        if latest is not None:
            is_young = wanted.max_age is None or asked - latest.arrived <= wanted.max_age
            assert latest.sequence == wanted.after or not is_young
        since = [frame for frame in self.frames if asked < frame.arrived < now]
        assert all(frame.sequence == wanted.after for frame in since)


Step = Callable[[World, trio.Nursery], None]

steps: st.SearchStrategy[Step] = st.one_of(
    st.just(lambda world, _: world.publish()),
    st.just(lambda world, _: world.publish()),
    st.just(lambda world, _: world.upload()),
    st.just(lambda world, _: world.connect()),
    st.just(lambda world, _: world.disconnect()),
    st.builds(
        lambda *query: lambda world, nursery: nursery.start_soon(world.ask, *query),
        st.sampled_from([None, 0.0, 0.05, 0.5, 2.0, 10.0]),
        st.sampled_from([None, -1, 0, 1, 2]),
        st.sampled_from([None, 0.0, 0.3, 2.0]),
    ),
)


@given(script=st.lists(st.tuples(st.sampled_from([0.01, 0.1, 0.25, 1.0, 3.01]), steps)))
def test_no_snapshot_ever_violates_what_its_query_asked_for(
    script: list[tuple[float, Step]],
) -> None:
    """No script of frames, comings and goings gets a frame shown that was not asked for, or refused
    that was; nobody waits for a camera that is offline."""

    async def play() -> None:
        world = World()
        world.connect()
        async with trio.open_nursery() as nursery:
            for delay, step in script:
                await trio.sleep(delay)
                step(world, nursery)
                await wait_all_tasks_blocked()
                assert not (world.waiting and world.hub.state(CAMERA) is State.OFFLINE)

    trio.run(play, clock=MockClock(autojump_threshold=0))


async def test_who_waits_hears_of_the_end(autojump_clock: MockClock) -> None:
    world = World()
    world.connect()
    world.publish()

    async def ask() -> None:
        await trio.sleep(0.5)
        question = Question(Freshness(max_age=0.0), world.hub.latest(CAMERA))
        with pytest.raises(AnswerError) as refused:
            await fresh_frame(world.hub, CAMERA, question, trio.current_time() + 60)
        assert refused.value.status == 503

    async with trio.open_nursery() as nursery:
        nursery.start_soon(ask)
        await trio.sleep(1)
        world.hub.close()
    assert trio.current_time() == 1
