"""For any interleaving of publish, receive, subscribe and unsubscribe:

- each viewer's sequence numbers are strictly increasing;
- at rest a viewer that goes on receiving has seen the latest frame;
- delivered + dropped + waiting = offered, and at most one frame waits.
"""

from contextlib import ExitStack
from dataclasses import dataclass, field
from enum import Enum

import trio
from hypothesis import given
from hypothesis import strategies as st
from trio.testing import wait_all_tasks_blocked

from camserve.relay import Hub, Subscription


class Step(Enum):
    PUBLISH = "publish"
    SUBSCRIBE = "subscribe"
    RECEIVE = "receive"  # by a task of its own, which may have to wait
    LEAVE = "leave"
    CANCEL = "cancel"  # whoever waits in receive
    RUN = "run"  # let all tasks run until they wait
    REMOVE = "remove"


@dataclass
class Viewer:
    subscription: Subscription
    exit: ExitStack
    offered: int
    received: list[int] = field(default_factory=list)
    receiving: trio.CancelScope | None = None
    ended: bool = False

    @property
    def waiting(self) -> int:
        return self.offered - self.subscription.delivered - self.subscription.dropped

    def begin_to_receive(self, nursery: trio.Nursery) -> None:
        self.receiving = trio.CancelScope()
        nursery.start_soon(self._receive, self.receiving)

    async def _receive(self, scope: trio.CancelScope) -> None:
        try:
            with scope:
                self.received.append((await self.subscription.receive()).sequence)
        except (trio.EndOfChannel, trio.ClosedResourceError):
            pass
        finally:
            self.receiving = None

    def check(self) -> None:
        assert self.received == sorted(set(self.received))
        assert len(self.received) == self.subscription.delivered
        assert self.waiting in (0, 1)


class Model:
    def __init__(self, nursery: trio.Nursery) -> None:
        self.hub = Hub()
        self.nursery = nursery
        self.viewers: list[Viewer] = []
        self.latest: int | None = None

    async def do(self, step: Step, which: int) -> None:
        viewer = self.viewers[which % len(self.viewers)] if self.viewers else None
        match step:
            case Step.PUBLISH:
                self.latest = self.hub.publish(1, b"").sequence
                for watching in self.viewers:
                    watching.offered += not watching.ended
            case Step.SUBSCRIBE:
                stack = ExitStack()
                subscription = stack.enter_context(self.hub.subscribe(1))
                self.viewers.append(Viewer(subscription, stack, offered=self.latest is not None))
            case Step.RECEIVE if viewer and not viewer.receiving:
                viewer.begin_to_receive(self.nursery)
            case Step.LEAVE if viewer and not viewer.receiving:
                viewer.exit.close()
                self.viewers.remove(viewer)
            case Step.CANCEL if viewer and viewer.receiving:
                viewer.receiving.cancel()
            case Step.RUN:
                await wait_all_tasks_blocked()
            case Step.REMOVE:
                self.hub.remove(1)
                self.latest = None
                for watching in self.viewers:
                    watching.ended = True

    async def come_to_rest(self) -> None:
        """Let everyone take what waits for them."""
        await wait_all_tasks_blocked()
        for viewer in self.viewers:
            viewer.check()
            if viewer.waiting and not viewer.receiving:
                viewer.begin_to_receive(self.nursery)
                await wait_all_tasks_blocked()
            assert viewer.waiting == 0
            if self.latest is not None and not viewer.ended:
                assert viewer.received[-1] == self.latest


# Publishing and receiving more often than the rest, or most viewers would never see two frames.
STEPS = st.sampled_from([Step.PUBLISH] * 4 + [Step.RECEIVE] * 4 + list(Step))


@given(st.lists(st.tuples(STEPS, st.integers(0, 3)), min_size=5, max_size=60))
async def test_no_viewer_sees_an_old_frame_or_misses_the_latest(
    script: list[tuple[Step, int]],
) -> None:
    async with trio.open_nursery() as nursery:
        model = Model(nursery)
        await model.do(Step.SUBSCRIBE, 0)
        for step, which in script:
            await model.do(step, which)
            for viewer in model.viewers:
                # Between handing over and the waking of the task a frame is neither.
                if not viewer.receiving:
                    viewer.check()
        with trio.fail_after(5):
            await model.come_to_rest()
        nursery.cancel_scope.cancel()
