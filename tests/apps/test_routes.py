import asyncio
import json
import threading
import time

import httpx
import numpy as np
import pytest
from starlette.applications import Starlette

from apps import routes
from apps.benches import BENCHES, Bench
from apps.desk import Cancelled, Desk
from apps.model import Model
from apps.visitors import Visitors
from hrnet import image


def mean(desk, values, say):
    """The mean color of a photo; the photo itself as a picture."""
    photo = desk.photo(values.get("photo"))
    say(0.5)
    return {"mean": photo.mean((0, 1)).round(2).tolist(), "url": desk.picture(photo)}


class Answers(Bench):
    """A bench whose answer is given here."""

    def __init__(self, answer, slow=False):
        super().__init__("", slow)
        object.__setattr__(self, "answer", answer)

    def load(self):
        return self.answer


@pytest.fixture
def desk(tmp_path, weights):
    return Desk(Model(str(weights["pose"]), str(weights["finder"])), tmp_path)


@pytest.fixture
def frame(desk):
    return routes.Frame(desk, Visitors(), {"mean": Answers(mean)})


def drive(frame, steps):
    """Run `await steps(client)` against the routes."""

    async def run():
        transport = httpx.ASGITransport(Starlette(routes=frame.routes))
        async with httpx.AsyncClient(transport=transport, base_url="http://here") as client, frame.life():
            return await asyncio.wait_for(steps(client), 60)

    return asyncio.run(run())


def lines(reply: httpx.Response) -> list[dict]:
    assert reply.headers["content-type"].startswith("application/x-ndjson")
    return [json.loads(line) for line in reply.text.splitlines()]


def test_a_photo_comes_and_is_asked_about_and_its_picture_is_fetched(frame, photo):
    async def steps(client):
        brought = await client.post("/photos?name=me.png", content=image.encode(photo))
        asked = await client.post("/ask/mean", json={"rev": 7, "photo": brought.json()["photo"]})
        answer = lines(asked)[-1]
        return (
            brought.json(),
            answer,
            await client.get(answer["answer"]["url"]),
            await client.get(brought.json()["url"]),
        )

    brought, answer, picture, look = drive(frame, steps)
    assert (brought["width"], brought["height"]) == (320, 240) and len(brought["photo"]) == 22
    assert answer["rev"] == 7 and answer["answer"]["mean"] == photo.mean((0, 1)).round(2).tolist()
    assert picture.headers["content-type"] == "image/png" and "private" in picture.headers["cache-control"]
    np.testing.assert_array_equal(image.read(picture.content), photo)
    assert look.headers["content-type"] == "image/jpeg" and image.read(look.content).shape == photo.shape


def test_an_example_is_a_photo_by_name(frame):
    async def steps(client):
        return [await client.post(f"/photos?example={name}") for name in ("beach", "../beach", "nothing")]

    beach, *others = drive(frame, steps)
    assert beach.json()["photo"] == "example-beach" and beach.json()["width"] > 100
    assert all(reply.status_code == 400 and "there is no example" in reply.json()["error"] for reply in others)


@pytest.mark.parametrize(
    ("content", "line"),
    [(b"", "me.png: the file is empty (0 bytes); fetch or save it again"), (b"no picture", "me.png: ")],
)
def test_a_bad_file_is_one_line_and_leaves_nothing(frame, desk, tmp_path, content, line):
    reply = drive(frame, lambda client: client.post("/photos?name=me.png", content=content))
    assert reply.status_code == 400 and reply.json()["error"].startswith(line) and "\n" not in reply.json()["error"]
    assert list((tmp_path / "desk").iterdir()) == []


def test_a_file_above_the_limit_is_refused_by_its_length_and_by_its_bytes(frame, monkeypatch, tmp_path):
    monkeypatch.setattr(routes, "MAX_UPLOAD", 1000)

    async def steps(client):
        async def parts():
            for _ in range(20):
                yield bytes(100)

        return [await client.post("/photos", content=content) for content in (bytes(1001), parts())]

    for reply in drive(frame, steps):
        assert reply.status_code == 400 and "above the limit" in reply.json()["error"]
    assert list((tmp_path / "desk").iterdir()) == []


@pytest.mark.parametrize(
    ("path", "body", "line"),
    [
        ("/ask/nonsense", b"{}", "there is no bench 'nonsense'; there are mean"),
        ("/ask/mean", b"{", "a question is a JSON object; this is no JSON"),
        ("/ask/mean", b'{"x": NaN}', "a question is a JSON object; this is no JSON"),
        ("/ask/mean", b"[" * 100_000, "a question is a JSON object; this is no JSON"),
        ("/ask/mean", b"[1]", "a question is a JSON object, got [1]"),
        ("/ask/mean", b'"' + bytes(4_000_000) + b'"', "a question is above the limit of 4 MB"),
    ],
)
def test_what_is_no_question_is_one_line(frame, path, body, line):
    reply = drive(frame, lambda client: client.post(path, content=body))
    assert reply.status_code in (400, 404) and reply.json()["error"] == line


@pytest.mark.parametrize("token", [None, 7, "", "x", "../../etc/passwd", "A" * 22, "example-nothing", ["x"]])
def test_a_photo_that_is_not_there_is_one_line(frame, token):
    said = lines(drive(frame, lambda client: client.post("/ask/mean", json={"rev": 1, "photo": token})))[-1]
    assert set(said) == {"rev", "error"} and ("no longer here" in said["error"] or "no example" in said["error"])


def test_what_goes_wrong_inside_is_for_the_terminal(frame, caplog):
    frame.benches = {
        "broken": Answers(lambda *_: 1 / 0),
        "nan": Answers(lambda *_: {"x": float("nan")}),
        "array": Answers(lambda *_: {"x": np.zeros(3)}),
    }

    async def steps(client):
        return [lines(await client.post(f"/ask/{name}", json={}))[-1]["error"] for name in frame.benches]

    assert drive(frame, steps) == [routes.FAILED] * 3
    assert len(caplog.records) == 3


class Server:
    """The routes over plain ASGI, so that lines are heard as they come and a visitor can leave."""

    def __init__(self, frame):
        self.app = Starlette(routes=frame.routes)

    def ask(self, bench, *, cookie=None, client="1.2.3.4"):
        said: asyncio.Queue = asyncio.Queue()
        left = asyncio.Event()
        body = [{"type": "http.request", "body": b"{}", "more_body": False}]

        async def receive():
            if body:
                return body.pop()
            await left.wait()
            return {"type": "http.disconnect"}

        async def send(message):
            for line in message.get("body", b"").splitlines():
                said.put_nowait(json.loads(line))

        scope = {
            "type": "http", "asgi": {"spec_version": "2.3"}, "method": "POST", "path": f"/ask/{bench}",
            "raw_path": b"", "query_string": b"", "root_path": "", "scheme": "http", "http_version": "1.1",
            "server": ("here", 80), "client": (client, 1), "headers": [],
        }  # fmt: skip
        return said, left, asyncio.create_task(self.app(scope, receive, send))


async def until(said: asyncio.Queue, **expected):
    """Read lines until one says that. Before it come places and shares; newer ones replace unsent ones."""
    while True:
        line = await said.get()
        assert "rev" in line
        if expected.items() <= line.items():
            return line
        assert line.keys() & {"place", "done"}, line


def run(frame, steps):
    async def whole():
        async with frame.life():
            return await asyncio.wait_for(steps(Server(frame)), 60)

    return asyncio.run(whole())


def test_whoever_waits_sees_the_place_and_its_changes(frame):
    go = threading.Semaphore(0)
    frame.benches = {"slow": Answers(lambda *_: {"went": go.acquire(timeout=50)}, slow=True)}

    async def steps(server):
        asked = [server.ask("slow", client=f"visitor {i}") for i in range(3)]
        second, third = asked[1][0], asked[2][0]
        await until(second, place=1)
        await until(third, place=2)
        go.release()
        await until(asked[0][0], answer={"went": True})
        await until(third, place=1)
        go.release()
        go.release()
        await until(second, answer={"went": True})
        await until(third, answer={"went": True})
        await asyncio.gather(*(task for _, _, task in asked))

    run(frame, steps)


def test_a_long_job_does_not_hold_up_short_questions(frame):
    go = threading.Event()
    frame.benches = {"clip": Answers(lambda *_: {"went": go.wait(50)}, slow=True), "quick": Answers(lambda *_: {})}

    async def steps(server):
        clips = [server.ask("clip") for _ in range(3)]
        said, _, task = server.ask("quick")
        await until(said, answer={})
        go.set()
        await asyncio.gather(task, *(task for _, _, task in clips))

    run(frame, steps)


def test_when_the_visitor_leaves_the_bench_is_told_at_its_next_word_and_the_turn_is_free_again(frame):
    ends, began = [], threading.Event()

    def long(desk, values, say):
        began.set()
        try:
            while True:
                say(0.1)
                time.sleep(0.005)
        except Cancelled:
            ends.append("cancelled")
            raise
        finally:
            ends.append("cleaned up")

    frame.benches = {"long": Answers(long, slow=True), "next": Answers(lambda *_: {}, slow=True)}

    async def steps(server):
        said, left, task = server.ask("long")
        await until(said, done=0.1)
        following, *_ = server.ask("next", client="another")
        await until(following, place=1)
        left.set()
        await task
        await until(following, answer={})

    run(frame, steps)
    assert ends == ["cancelled", "cleaned up"]


def test_who_leaves_the_line_is_never_worked_on(frame):
    go, worked = threading.Event(), []
    frame.benches = {
        "first": Answers(lambda *_: {"went": go.wait(50)}, slow=True),
        "second": Answers(lambda *_: worked.append(1) or {}, slow=True),
    }

    async def steps(server):
        first = server.ask("first")
        said, left, task = server.ask("second")
        await until(said, place=1)
        left.set()
        await task
        go.set()
        await first[2]

    run(frame, steps)
    assert worked == []


def test_everything_the_server_lists_can_be_loaded():
    assert all(callable(bench.load()) for bench in BENCHES.values())


def test_a_name_that_was_not_given_by_the_server_counts_for_nothing(frame):
    async def steps(client):
        first = await client.post("/ask/mean", json={})
        given = first.headers["set-cookie"].partition(";")[0]
        again = await client.post("/ask/mean", json={}, headers={"cookie": given})
        forged = await client.post("/ask/mean", json={}, headers={"cookie": "hrnet-visitor=me.é".encode()})
        return first, again, forged

    first, again, forged = drive(frame, steps)
    assert "HttpOnly" in first.headers["set-cookie"] and "set-cookie" not in again.headers
    assert "set-cookie" in forged.headers
