"""What a real network does to real programs."""

import trio

from tests.links.ages import assert_fresh
from tests.links.viewer import Viewer
from tests.netns.site import OTHER_CAMERA, Site, as_at_first
from tests.netns.times import Times

#: Promised in the issue.
MOST_AGE = 1.5  # seconds
AFTER_RETURN = 3.0  # seconds
RECOVERY = 15.0  # seconds


async def test_a_megabit_is_enough_for_fresh_pictures(
    network: Site, viewer: Viewer, times: Times
) -> None:
    network.slow("1mbit")
    seen = await viewer.pictures(times.watched)
    assert_fresh(seen, MOST_AGE)
    assert sum(each.size for each in seen) > 0.5 * 125_000 * times.watched
    network.fast()
    with trio.fail_after(RECOVERY):
        while not as_at_first(await viewer.pictures(1)):
            pass


async def test_a_link_that_was_down(network: Site, viewer: Viewer, times: Times) -> None:
    network.link_down()
    await trio.sleep(times.down)
    network.link_up()
    with trio.fail_after(AFTER_RETURN):
        await viewer.picture()


async def test_the_camera_gets_another_address(network: Site, viewer: Viewer) -> None:
    network.link_down()
    network.link_up(OTHER_CAMERA)
    with trio.fail_after(AFTER_RETURN):
        await viewer.picture()
