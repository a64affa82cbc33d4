import json
import subprocess
import sys
from pathlib import Path

import pytest

import apps
from apps import pages, text
from apps.benches import BENCHES
from apps.desk import Desk
from apps.head import Head
from apps.model import Model

WEB = Path(apps.__file__).parent / "web"


def test_every_page_has_its_bench_its_module_and_its_name_in_both_languages():
    names = [page.name for page in pages.PAGES]
    assert len(set(names)) == len(names) >= 6
    for page in pages.PAGES:
        assert page.name in BENCHES and (WEB / page.module).is_file()
        assert all(page.text in text.catalogue(language) for language in text.LANGUAGES)


def test_what_the_browser_is_told_of_the_pages_is_plain_json(tmp_path, weights):
    desk = Desk(Model(str(weights["pose"]), str(weights["finder"])), tmp_path)
    told = json.loads(json.dumps(pages.table(desk), allow_nan=False))
    assert [page["name"] for page in told] == [page.name for page in pages.PAGES]
    assert all({"examples", "limit", "colors"} <= page["props"].keys() for page in told)
    assert str(tmp_path) not in json.dumps(told) and str(weights["pose"].parent) not in json.dumps(told)


def test_the_table_and_the_benches_are_read_without_torch_gradio_or_streamlit():
    program = "import sys, apps.pages, apps.benches; print({'torch', 'gradio', 'streamlit'} & set(sys.modules))"
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    assert said == "set()\n"


@pytest.mark.parametrize("parts", [[b"<head>x</head>"], [b"<he", b"ad>x</h", b"ead>"]])
def test_a_page_gets_the_head_of_the_house_and_the_style_of_its_front_end(parts):
    sent = []

    async def inside(scope, receive, send):
        headers = [(b"content-type", b"text/html; charset=utf-8"), (b"content-length", b"14"), (b"etag", b"old")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        for number, part in enumerate(parts):
            await send({"type": "http.response.body", "body": part, "more_body": number < len(parts) - 1})

    async def send(message):
        sent.append(message)

    def get(path):
        sent.clear()
        scope = {"type": "http", "method": "GET", "path": path, "headers": [(b"accept", b"text/html")]}
        with pytest.raises(StopIteration):
            Head(inside)(scope, None, send).send(None)
        return dict(sent[0]["headers"]), b"".join(message["body"] for message in sent[1:])

    for front in ("studio", "classroom"):
        headers, body = get(f"/{front}/photo")
        assert body.startswith(b"<head>\n<script>") and body.endswith(f'/web/{front}.css">\n</head>'.encode())
        assert headers[b"content-length"] == str(len(body)).encode() and b"etag" not in headers
    assert get("/enter")[1] == b"<head>x</head>"
