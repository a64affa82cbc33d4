import asyncio
import re

import httpx
import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from apps import entrance, text
from apps.entrance import Entrance

EN, ZH = text.catalogue("en"), text.catalogue("zh")
PAGE = {"accept": "text/html"}


async def inside(request):
    return PlainTextResponse("inside")


APP = Starlette(routes=[Route("/{path:path}", inside, methods=["GET", "POST"])])


def visit(steps, password="open sesame", app=None, address="10.0.0.1"):
    """Run `await steps(client)` in front of the entrance."""
    app = app or Entrance(APP, password)

    async def run():
        transport = httpx.ASGITransport(app, client=(address, 1))
        async with httpx.AsyncClient(transport=transport, base_url="http://here") as client:
            return await steps(client)

    return asyncio.run(run())


def test_who_knows_the_password_comes_to_the_page_they_wanted():
    async def steps(client):
        asked = await client.get("/studio/inside?step=3", headers=PAGE)
        action = re.search('action="([^"]+)"', asked.text)[1]
        let_in = await client.post(action, data={"password": "open sesame"})
        return asked, let_in, await client.get(let_in.headers["location"])

    asked, let_in, page = visit(steps)
    assert asked.status_code == 401 and asked.headers["cache-control"] == "no-store"
    assert asked.text.count("<input") == 1 and EN["entrance.password"] in asked.text
    assert let_in.status_code == 303 and let_in.headers["location"] == "/studio/inside?step=3"
    assert "HttpOnly" in let_in.headers["set-cookie"] and "SameSite=Lax" in let_in.headers["set-cookie"]
    assert page.text == "inside"


@pytest.mark.parametrize("path", ["/", "/web/x.js", "/pictures/abc", "/studio/gradio_api/info", "/ask/photo"])
def test_without_it_nothing_is_given(path):
    for method in ("GET", "POST"):
        reply = visit(lambda client, method=method: client.request(method, path))
        assert reply.status_code == 401 and reply.text == "this server asks for a password\n"


def test_a_wrong_password_is_said_in_the_visitors_language():
    wrong = visit(lambda client: client.post("/enter", data={"password": "x"}, headers={"accept-language": "zh-CN,en"}))
    assert wrong.status_code == 401 and ZH["entrance.wrong"] in wrong.text and "set-cookie" not in wrong.headers


def test_guessing_is_slow_for_one_address_and_for_all():
    app = Entrance(APP, "open sesame")

    async def guess(client):
        return [(await client.post("/enter", data={"password": f"guess {i}"})).status_code for i in range(20)]

    async def know(client):
        return (await client.post("/enter", data={"password": "open sesame"})).status_code

    assert visit(guess, app=app) == [401] * entrance.TRIES + [429] * (20 - entrance.TRIES)
    assert visit(know, app=app) == 429  # from there, even the right one
    assert visit(know, app=app, address="10.0.0.2") == 303
    others = [status for i in range(20) for status in visit(guess, app=app, address=f"10.0.1.{i}")]
    assert others.count(401) == entrance.ALL_TRIES - entrance.TRIES


def test_tries_come_back_after_a_while(monkeypatch):
    now = [0.0]
    monkeypatch.setattr(entrance.time, "monotonic", lambda: now[0])
    app = Entrance(APP, "open sesame")

    async def guess(client):
        return [(await client.post("/enter", data={"password": "x"})).status_code for _ in range(entrance.TRIES + 1)]

    assert visit(guess, app=app)[-1] == 429
    now[0] = entrance.WINDOW + 1
    assert visit(guess, app=app)[0] == 401


@pytest.mark.parametrize(
    "cookie", ["", "1.2", "9999999999.", "9999999999.0000", ".", "x", "9999999999.é", '"', "a=b=c;;"]
)
def test_a_cookie_that_the_server_did_not_sign_opens_nothing(cookie):
    headers = {"cookie": f"{entrance.COOKIE}={cookie}".encode()}
    assert visit(lambda client: client.get("/", headers=headers)).status_code == 401


def test_a_cookie_ends_with_its_day_and_with_the_server(monkeypatch):
    app, now = Entrance(APP, "open sesame"), entrance.time.time()

    async def enter(client):
        return (await client.post("/enter", data={"password": "open sesame"})).headers["set-cookie"].partition(";")[0]

    cookie = {"cookie": visit(enter, app=app)}
    assert visit(lambda client: client.get("/", headers=cookie), app=app).status_code == 200
    assert visit(lambda client: client.get("/", headers=cookie)).status_code == 401  # another server
    monkeypatch.setattr(entrance.time, "time", lambda: now + entrance.LASTS + 2)
    assert visit(lambda client: client.get("/", headers=cookie), app=app).status_code == 401


@pytest.mark.parametrize("to", ["//evil.example", "/\\evil.example", "https://evil.example", "javascript:alert(1)", ""])
def test_it_leads_to_no_other_server(to):
    reply = visit(lambda client: client.post("/enter", params={"to": to}, data={"password": "open sesame"}))
    assert reply.headers["location"] == "/"


def test_an_address_cannot_become_markup():
    page = visit(lambda client: client.get('/"><script>x</script>', headers=PAGE))
    assert "<script" not in page.text


def test_a_program_sends_the_password_with_each_request():
    def ask(password):
        headers = {"authorization": b"Bearer " + password.encode()}
        return visit(lambda client: client.post("/ask/x", headers=headers), "schön geheim").status_code

    assert (ask("schön geheim"), ask("nonsense")) == (200, 401)


def test_a_socket_needs_it_too():
    said = []

    async def receive():
        return {"type": "websocket.connect"}

    async def send(message):
        said.append(message)

    scope = {"type": "websocket", "path": "/", "headers": [], "client": ("10.0.0.1", 1)}
    asyncio.run(Entrance(APP, "open sesame")(scope, receive, send))
    assert [message["type"] for message in said] == ["websocket.close"]


def test_a_made_up_password_is_new_each_time_and_easy_to_type():
    made = {entrance.made_up() for _ in range(100)}
    assert len(made) == 100 and all(re.fullmatch("[a-z2-9]{4}-[a-z2-9]{4}", one) for one in made)
