"""`snapshot.jpg` with parameters, over real sockets."""

import json
import sys
from urllib.parse import quote

import pytest
import trio

from camserve.relay import Frame, Hub
from tests.camserve.scaling.pictures import BROKEN, picture, shape
from tests.camserve.web.http_viewer import TIMEOUT, Answer, fetch, http_viewer, until
from tests.serving import RunningServer, TestPublisher, jpeg

TARGET = "/cameras/1/snapshot.jpg"


async def sequence(server: RunningServer) -> int:
    return int((await fetch(server, TARGET)).head["x-frame-sequence"])


async def send(server: RunningServer, publisher: TestPublisher, content: bytes) -> None:
    """Send a frame and wait until it is the latest."""
    await publisher.send(content)
    with trio.fail_after(TIMEOUT):
        while (await fetch(server, TARGET)).body != content:
            pass


async def fetch_while_sending(
    server: RunningServer, publisher: TestPublisher, target: str, content: bytes
) -> Answer:
    """Ask, and let the camera send this picture again and again until there is an answer."""
    answers = []

    async def ask() -> None:
        answers.append(await fetch(server, target))

    async with trio.open_nursery() as nursery:
        nursery.start_soon(ask)
        while not answers:
            await publisher.send(content)
            await trio.sleep(0.02)
    return answers[0]


def refusal(answer: Answer) -> str:
    assert answer.head["content-type"] == "application/json"
    message = json.loads(answer.body)["message"]
    assert isinstance(message, str)
    return message


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        *[(f"max_age={bad}", "seconds, 0 or more") for bad in ["nan", "inf", "-1", "ten", ""]],
        *[
            (f"max_age={bad}", "seconds, 0 or more")
            for bad in ["1e999", "1_0", " 1", "0x1", "\u0661"]
        ],
        *[(f"wait={bad}", "seconds, 0 to 60") for bad in ["nan", "-0.1", "61", "", "1s"]],
        *[(f"after={bad}", "sequence number") for bad in ["-1", "1.5", "nan", ""]],
        *[(f"width={bad}", "pixels from 16 to 8192") for bad in ["15", "8193", "-20", "1e3", ""]],
    ],
)
async def test_a_bad_number(server: RunningServer, query: str, expected: str) -> None:
    answer = await fetch(server, f"{TARGET}?{quote(query, safe='=')}")
    assert answer.status == 400
    assert f"Invalid {query.partition('=')[0]}: expected" in refusal(answer)
    assert expected in refusal(answer)


async def test_young_enough(server: RunningServer) -> None:
    async with server.publisher(server.cameras[0]) as publisher:
        await send(server, publisher, jpeg(b"old"))
        for query in ("max_age=60", "max_age=6e1&wait=0", "MAX_AGE=60.&after=1", "wait=0"):
            answer = await fetch(server, f"{TARGET}?{query}")
            assert answer.status == 200
            assert answer.body == jpeg(b"old")
            assert 0 < float(answer.head["x-frame-age"]) < 60


async def test_a_newer_one_is_waited_for(server: RunningServer) -> None:
    async with server.publisher(server.cameras[0]) as publisher:
        await send(server, publisher, jpeg(b"old"))
        had = await sequence(server)
        for number, query in enumerate(["max_age=0", f"after={had}", f"after={had}&max_age=0"]):
            content = jpeg(number)
            answer = await fetch_while_sending(server, publisher, f"{TARGET}?{query}", content)
            assert answer.status == 200
            assert answer.body == content
            assert int(answer.head["x-frame-sequence"]) > had


async def test_a_number_above_the_latest(server: RunningServer) -> None:
    async with server.publisher(server.cameras[0]) as publisher:
        await send(server, publisher, jpeg(b"old"))
        answer = await fetch(server, f"{TARGET}?after={await sequence(server) + 1}&wait=0")
        assert answer.body == jpeg(b"old")


async def test_the_wait_ends_in_vain(server: RunningServer) -> None:
    async with server.publisher(server.cameras[0]) as publisher:
        await send(server, publisher, jpeg(b"old"))
        had = await sequence(server)
        for query in ("max_age=0&wait=0", "max_age=0&wait=0.05", f"after={had}&wait=.05"):
            answer = await fetch(server, f"{TARGET}?{query}")
            assert answer.status == 504
            assert "new enough" in refusal(answer)


async def test_a_first_frame(server: RunningServer) -> None:
    async with server.publisher(server.cameras[0]) as publisher:
        await until(server, lambda camera: camera["state"] == "stale")
        for query in ("", "?wait=0", "?max_age=60&wait=0.05"):
            answer = await fetch(server, TARGET + query)
            assert answer.status == 503
            assert int(answer.head["retry-after"]) > 0
            assert "no picture yet" in refusal(answer)
        target = f"{TARGET}?wait=60"
        answer = await fetch_while_sending(server, publisher, target, jpeg(b"first"))
        assert answer.body == jpeg(b"first")


async def test_an_offline_camera_is_not_waited_for(server: RunningServer) -> None:
    with trio.fail_after(TIMEOUT):
        answer = await fetch(server, f"{TARGET}?max_age=1&wait=60")
    assert answer.status == 503
    assert "offline" in refusal(answer)
    assert int(answer.head["retry-after"]) > 0


async def test_head_answers_the_same_without_the_picture(server: RunningServer) -> None:
    async with server.publisher(server.cameras[0]) as publisher:
        await send(server, publisher, jpeg(b"latest"))
        get, head = await fetch(server, TARGET), await fetch(server, TARGET, method="HEAD")
    assert head.status == 200
    assert head.body == b""
    left_out = {"date", "x-frame-age"}
    assert [field for field in head.head.fields if field[0] not in left_out] == [
        field for field in get.head.fields if field[0] not in left_out
    ]


async def test_smaller(server: RunningServer) -> None:
    async with server.publisher(server.cameras[0]) as publisher:
        await send(server, publisher, picture(640, 480))
        answer = await fetch(server, f"{TARGET}?width=160")
        assert shape(answer.body) == (160, 120)
        assert answer.head["etag"] == f'"{await sequence(server)}"'
        assert (await fetch(server, f"{TARGET}?width=640")).body == picture(640, 480)
        async with http_viewer(server) as viewer:
            head = await viewer.ask(f"{TARGET}?width=160", If_None_Match=answer.head["etag"])
        assert head.status == 304


async def test_a_frame_that_cannot_be_made_smaller_is_passed_over(server: RunningServer) -> None:
    async with server.publisher(server.cameras[0]) as publisher:
        await send(server, publisher, BROKEN)
        answer = await fetch(server, f"{TARGET}?width=160&wait=0")
        assert answer.status == 504
        target = f"{TARGET}?width=160"
        answer = await fetch_while_sending(server, publisher, target, picture(640, 480))
        assert shape(answer.body) == (160, 120)


async def test_a_frame_that_grew_too_old_while_it_was_made_smaller(
    server: RunningServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The age counts when the answer is made, and it is the one that the answer names."""
    async with server.publisher(server.cameras[0]) as publisher:
        await send(server, publisher, picture(640, 480))
        old = await sequence(server)
        ages = iter([0.5])

        def age(_: Hub, frame: Frame) -> float:
            return next(ages, 1.5) if frame.sequence == old else 0.25

        monkeypatch.setattr(Hub, "age", age)
        target = f"{TARGET}?width=160&max_age=1"
        answer = await fetch_while_sending(server, publisher, target, picture(320, 320))
        assert shape(answer.body) == (160, 160)
        assert answer.head["x-frame-age"] == "0.250000"


async def test_without_opencv(server: RunningServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "cv2", None)
    async with server.publisher(server.cameras[0]) as publisher:
        await send(server, publisher, picture(640, 480))
        answer = await fetch(server, f"{TARGET}?width=160")
        assert answer.status == 501
        assert 'pip install "camserve[camera]"' in refusal(answer)
