"""Parts of the page by themselves, in a real browser: what is said of a camera, and decoding."""

import json
from pathlib import Path

from tests.browser import Tab
from tests.serving import running_server

#: An hour after the page was opened; the server was asked a second ago.
NOW = 3_600_000  # ms
ASKED = NOW - 1000

MOVING = [NOW - 300, NOW - 200, NOW - 100]  # when the pictures on a connection arrived
STOPPED = [NOW - 5200, NOW - 5100, NOW - 5000]
SLOW = [NOW - 9000, NOW - 5000, NOW - 4000]
ONE = [NOW - 100]

#: state of the server, last_active before NOW or None, arrivals, other facts → kind, detail, age
VERDICTS = [
    ("online", 1000, MOVING, {}, ("live", "10 fps", "")),
    ("online", 1000, STOPPED, {}, ("delayed", "no new picture for 5 s", "5 s old")),
    ("online", 4000, SLOW, {}, ("live", "picture 4 s old", "")),
    ("online", 1000, ONE, {}, ("live", "picture 1 s old", "")),
    ("online", 90_000, ONE, {}, ("delayed", "no new picture for 90 s", "90 s old")),
    ("online", 1000, [], {}, ("waiting", "", "")),
    ("online", 1000, STOPPED, {"flowing": False}, ("waiting", "", "5 s old")),
    ("online", 1000, STOPPED, {"watching": False}, ("paused", "out of sight", "5 s old")),
    ("stale", 5000, STOPPED, {}, ("stale", "since", "5 s old")),
    ("stale", None, [], {}, ("waiting", "connected", "")),
    ("offline", None, [], {}, ("offline", "no picture yet", "")),
    ("offline", 7_200_000, ONE, {}, ("offline", "since", "2 h old")),
    ("offline", 5000, MOVING, {}, ("live", "10 fps", "")),
    ("offline", 1000, [NOW - 1300, NOW - 1200], {}, ("offline", "since", "1 s old")),
    ("online", 1000, MOVING, {"reachable": False}, ("live", "10 fps", "")),
    ("online", 1000, STOPPED, {"reachable": False}, ("lost", "since", "5 s old")),
]

DURATIONS = {  # ms → words
    900: "under 1 s",
    99_900: "99 s",
    100_000: "1 min",
    5_999_000: "99 min",
    6_000_000: "1 h",
    200_000_000: "2 days",
}


async def test_what_is_said_of_a_camera(tab: Tab, tmp_path: Path) -> None:
    async with running_server(tmp_path, cameras=0) as server:
        await tab.go(server.url("/hello"))
        await tab.evaluate(
            """Promise.all([import("/static/status.js"), import("/static/progress.js")])
            .then(([{ judge }, { Progress }]) => {
                window.verdict = (now, camera, arrivals, facts) => {
                    const progress = new Progress();
                    arrivals.forEach((at, index) => progress.drawn(at, index === 0));
                    const usual = { watching: true, flowing: true, reachable: true };
                    return judge({ now, camera, progress, ...usual, ...facts });
                };
            })"""
        )
        for state, age, arrivals, facts, expected in VERDICTS:
            active = None if age is None else NOW - age
            camera = {"state": state, "lastActive": active, "heardAt": ASKED}
            arguments = json.dumps([NOW, camera, arrivals, facts])
            verdict = await tab.evaluate(f"verdict(...{arguments})")
            assert isinstance(verdict, dict)
            detail = "since" if verdict["detail"].startswith("since ") else verdict["detail"]
            told = (verdict["kind"], detail, verdict["age"])
            assert told == expected, (state, age, arrivals, facts)


async def test_a_slow_decoder_shows_the_newest_picture_and_keeps_none(
    tab: Tab, tmp_path: Path
) -> None:
    async with running_server(tmp_path, cameras=0) as server:
        await tab.go(server.url("/hello"))
        shown = await tab.evaluate(
            """import("/static/picture.js").then(async ({ Picture }) => {
                const decode = createImageBitmap;
                const slow = [];
                let open = 0;
                window.createImageBitmap = async (blob) => {
                    await new Promise((resolve) => slow.push(resolve));
                    if ((await blob.text()) === "damaged") throw new Error("no JPEG");
                    const bitmap = await decode(new ImageData(2, 2));
                    const close = bitmap.close.bind(bitmap);
                    open += 1;
                    bitmap.close = () => { open -= 1; close(); };
                    return bitmap;
                };
                const drawn = [];
                let seen;
                const canvas = document.createElement("canvas");
                const picture = new Picture(canvas, (at) => { drawn.push(at); seen?.(); });
                const nextDrawn = () => new Promise((resolve) => { seen = resolve; });
                for (const at of [1, 2, 3]) picture.offer("picture", at);
                const first = nextDrawn();
                slow.pop()();
                await first;
                while (!slow.length) await Promise.resolve();
                picture.offer("damaged", 4);
                const second = nextDrawn();
                slow.pop()();
                await second;
                while (!slow.length) await Promise.resolve();
                slow.pop()();
                picture.offer("picture", 5);
                const third = nextDrawn();
                while (!slow.length) await new Promise((resolve) => setTimeout(resolve));
                slow.pop()();
                await third;
                await new Promise((resolve) => setTimeout(resolve));
                return { drawn, open, size: canvas.width, waiting: slow.length };
            })"""
        )
        assert shown == {"drawn": [1, 3, 5], "open": 0, "size": 2, "waiting": 0}


async def test_durations(tab: Tab, tmp_path: Path) -> None:
    async with running_server(tmp_path, cameras=0) as server:
        await tab.go(server.url("/hello"))
        told = await tab.evaluate(
            f"""import("/static/status.js")
            .then((status) => {list(DURATIONS)}.map(status.duration))"""
        )
        assert told == list(DURATIONS.values())


async def test_the_page_remembers_what_a_restarted_server_forgot(tab: Tab, tmp_path: Path) -> None:
    async with running_server(tmp_path, cameras=0) as server:
        await tab.go(server.url("/"))
        said = await tab.evaluate(
            """import("/static/tile.js").then(({ Tile }) => {
                const now = performance.now();
                const camera = { id: 1, name: "roof", description: "", state: "offline" };
                camera.heardAt = now;
                const template = document.getElementById("tile");
                const tile = new Tile(template, { ...camera, lastActive: now - 3600_000 });
                const said = () => tile.element.querySelector(".status").textContent;
                const before = said();
                tile.update({ ...camera, lastActive: null });
                return [before, said()];
            })"""
        )
        assert isinstance(said, list)
        before, after = said
        assert "since" in before
        assert after == before
