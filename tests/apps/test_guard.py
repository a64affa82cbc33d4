import asyncio

import httpx
import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from apps.guard import LOOPBACK, POLICY, Guard


async def hand_out(request):
    return PlainTextResponse("x", headers={"content-disposition": 'inline; filename="inline.png"'})


APP = Starlette(routes=[Route("/{path:path}", hand_out)])


def get(path: str, hosts=LOOPBACK, host: str = "127.0.0.1:7860") -> httpx.Response:
    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(Guard(APP, hosts))
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:7860") as client:
            return await client.get(path, headers={"host": host})

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
    assert get("/", hosts=None, host=host or "x").status_code == 200


def test_our_own_modules_are_asked_for_anew():
    assert get("/web/stage.js").headers["cache-control"] == "no-cache"
    assert "cache-control" not in get("/studio/assets/x.js").headers
