"""Whatever happens to the link or the camera, the pictures come back by themselves."""

import logging

import pytest
import trio

from tests.e2e.links.site import FPS, SIZE, Site, until
from tests.links.ages import assert_fresh, assert_in_order, frame_rate

#: Promised in the issue.
AFTER_RETURN = 3.0  # seconds
NOTICED = 5.0  # seconds
FIRST_RETRY = 1.5  # seconds: the first delay, and a connection


async def fresh_picture(site: Site, within: float) -> None:
    """Wait for a picture that is taken from now on."""
    with trio.fail_after(within):
        await site.viewer.picture()


async def test_a_short_stall_is_waited_out(site: Site) -> None:
    await site.start()
    site.link.stall()
    await trio.sleep(1.5)
    site.link.resume()
    await fresh_picture(site, AFTER_RETURN)
    assert_fresh(await site.viewer.pictures(3), at_least=4)  # the link has to win trust again
    assert site.link.connections == 1
    assert_in_order(site.viewer.seen)


async def test_after_a_dead_link_pictures_come_again(site: Site) -> None:
    await site.start()
    site.link.stall()
    await trio.sleep(7)
    site.link.resume()
    await fresh_picture(site, AFTER_RETURN)
    assert frame_rate(await site.viewer.pictures(1)) > 0.8 * FPS
    assert_in_order(site.viewer.seen)


async def test_a_half_open_connection_is_noticed(site: Site) -> None:
    """As after a router's restart: nobody tells us that the connection is no more."""
    await site.start()
    site.link.lose()
    await fresh_picture(site, NOTICED + FIRST_RETRY)
    assert site.link.connections == 2


async def test_a_half_open_connection_is_noticed_without_pictures(site: Site) -> None:
    """Nobody watches, so nothing much is sent; the next viewer must not have to wait."""
    site.nursery.start_soon(site.publish)
    await until(lambda: site.link.up.passed > SIZE, AFTER_RETURN)
    site.link.lose()
    await until(lambda: site.link.connections == 2, NOTICED + FIRST_RETRY)


async def test_a_reset_costs_one_retry(site: Site) -> None:
    await site.start()
    site.link.reset()
    await fresh_picture(site, FIRST_RETRY)
    assert site.link.connections == 2


async def test_a_camera_that_was_unplugged_comes_back(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    await site.start()
    site.camera.unplug()
    await until(lambda: site.camera.opened == 3, 3)  # two tries in vain
    seen = len(site.viewer.seen)
    site.camera.plug()
    await fresh_picture(site, 4)  # the third pause is 2 s at most
    assert site.camera.opened == 4
    first = site.viewer.seen[seen]
    assert first.stamp.sequence == site.viewer.seen[seen - 1].stamp.sequence + 1
    assert site.link.connections == 1  # the server is told nothing: the camera is stale, not gone
    assert caplog.text.count("the device is gone") == caplog.text.count("no such device") == 1
