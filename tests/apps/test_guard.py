import asyncio

import httpx
import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from apps.guard import LOOPBACK, POLICY, Guard


async def hand_out(request):
    return PlainTextResponse("x", headers={"content-disposition": 'inline; filename="inline.png"'})


APP = Starlette(routes=[Route("/{path:path}", hand_out, methods=["GET", "POST"])])


def get(path: str, host: str = "127.0.0.1:7860", *, method: str = "GET", headers=(), **options) -> httpx.Response:
    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(Guard(APP, **options))
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:7860") as client:
            return await client.request(method, path, headers={"host": host, **dict(headers)})

    return asyncio.run(ask())


@pytest.mark.parametrize("path", ["/", "/studio/", "/web/x.js", "/studio/gradio_api/file=http://example.org/x"])
def test_every_answer_carries_one_policy_and_nosniff(path):
    answer = get(path)
    assert answer.headers.get_list("content-security-policy") == [POLICY]
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_the_policy_names_no_other_place_than_this_server():
    words = {word for part in POLICY.split("; ") for word in part.split()[1:]}
    assert words == {"'self'", "'none'", "'unsafe-inline'", "'unsafe-eval'", "data:", "blob:"}


def test_uploads_are_attachments_and_other_files_stay_as_they_are():
    upload = get("/studio/gradio_api/file=/tmp/abc/photo.png").headers["content-disposition"]
    assert upload == 'attachment; filename="inline.png"'
    assert get("/web/x.js").headers["content-disposition"].startswith("inline")


@pytest.mark.parametrize(
    "path", ["file=http://example.org/a.png", "file=https://example.org", "proxy=https://a.hf.space"]
)
def test_nothing_is_fetched_for_a_visitor(path):
    assert get(f"/studio/gradio_api/{path}").status_code == 403


@pytest.mark.parametrize("host", ["127.0.0.1:7860", "localhost", "LOCALHOST:1", "[::1]:7860"])
def test_the_machine_itself_is_let_in(host):
    assert get("/", host=host).status_code == 200


@pytest.mark.parametrize("host", ["example.org", "127.0.0.1.example.org:7860", "", "[2001:db8::1]:80"])
def test_another_name_that_leads_here_is_not(host):
    assert get("/", host=host).status_code == 421


@pytest.mark.parametrize("host", ["192.168.1.7:7860", "[2001:db8::1]:80", "box:7860", "BOX", "localhost"])
def test_other_machines_are_let_in_by_a_plain_number_or_the_name_of_this_machine(host):
    assert get("/", host=host, hosts={*LOOPBACK, "box"}, numbers=True).status_code == 200
    assert get("/", host="example.org", hosts={*LOOPBACK, "box"}, numbers=True).status_code == 421


@pytest.mark.parametrize("origin", ["http://example.org", "null", "http://127.0.0.1:9", "http://localhost:7860"])
def test_a_page_of_another_server_may_not_send_anything(origin):
    assert get("/ask/x", method="POST", headers={"origin": origin}).status_code == 403
    assert get("/ask/x", headers={"origin": origin}).status_code == 200  # it may look, yet is not shown anything
    assert get("/ask/x", method="POST", headers={"origin": "http://127.0.0.1:7860"}).status_code == 200
    assert get("/ask/x", method="POST").status_code == 200  # a program


@pytest.mark.parametrize(
    ("headers", "let_in"),
    [
        ({"host": "127.0.0.1:7860", "origin": "http://127.0.0.1:7860"}, True),
        ({"host": "127.0.0.1:7860", "origin": "http://example.org"}, False),
        ({"host": "example.org", "origin": "http://example.org"}, False),
    ],
)
def test_a_socket_is_for_the_servers_own_pages(headers, let_in):
    said = []

    async def inside(scope, receive, send):
        said.append("inside")

    async def receive():
        return {"type": "websocket.connect"}

    async def send(message):
        said.append(message["type"])

    raw = [(name.encode(), value.encode()) for name, value in headers.items()]
    asyncio.run(Guard(inside)({"type": "websocket", "path": "/", "headers": raw}, receive, send))
    assert said == (["inside"] if let_in else ["websocket.close"])


def test_our_own_modules_are_asked_for_anew():
    assert get("/web/stage.js").headers["cache-control"] == "no-cache"
    assert "cache-control" not in get("/studio/assets/x.js").headers
