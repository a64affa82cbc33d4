"""The Studio over HTTP, as programs use it; tests/browser looks at the same server with a browser."""

from __future__ import annotations

import io
import json
import os
import sys
import threading
from pathlib import Path

import httpx
import numpy as np
import pytest
from PIL import Image
from studio_server import Studio

from hrnet import image
from hrnet.data import read_coco

gradio_client = pytest.importorskip("gradio_client")
pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore::DeprecationWarning")]

GROWTH = 400e6  # bytes that no upload may add to the Studio's memory


@pytest.fixture(scope="module")
def studio(tmp_path_factory, weights):
    studio = Studio(tmp_path_factory.mktemp("studio"), weights)
    yield studio
    studio.stop()


@pytest.fixture(scope="module")
def client(studio):
    return gradio_client.Client(studio.url, verbose=False, download_files=str(studio.folder / "got"))


@pytest.fixture
def file(tmp_path, photo):
    def write(name: str = "photo.png", content: bytes | None = None):
        path = tmp_path / name
        path.write_bytes(image.encode(photo, "png") if content is None else content)
        return gradio_client.handle_file(str(path))

    return write


def rows(people: list[dict]) -> np.ndarray:
    return np.array([[*person["box"], *np.ravel(person["keypoints"])] for person in people])


def test_predict_gives_what_the_library_gives(client, file, estimator, photo):
    record = client.predict(file("me.png"), api_name="/predict")
    assert (record["file"], record["width"], record["height"]) == ("me.png", 320, 240)
    expected = [person.to_dict() for person in estimator(photo)]
    assert len(expected) == 2
    np.testing.assert_allclose(rows(record["people"]), rows(expected), atol=0.02)


def test_given_boxes_are_taken_as_they_are(client, file):
    boxes = [[10, 20, 100, 120], [0, 0, 320, 240]]
    record = client.predict(file(), boxes, api_name="/predict")
    assert [person["box"] for person in record["people"]] == boxes


def test_drawn_pictures_have_the_full_size(client, file, estimator, photo):
    from hrnet import draw

    path = client.predict(file("b.png"), [[10, 20, 100, 120]], api_name="/draw_people")
    assert Path(path).name == "b-people.png"
    people = estimator(photo, [[10, 20, 100, 120]])
    np.testing.assert_array_equal(image.read(path), draw.people(photo, people, estimator.skeleton))


def test_coco_can_be_read_back(client, file, tmp_path):
    values = client.predict(file(), [[10, 20, 100, 120]], api_name="/coco")
    (tmp_path / "coco.json").write_text(json.dumps(values))
    read = read_coco(tmp_path / "coco.json")
    assert read.problems == () and read.samples[0].box.xywh.tolist() == [10, 20, 100, 120]


def test_the_endpoints_are_documented(client):
    named = client.view_api(return_format="dict", print_info=False)["named_endpoints"]
    assert sorted(named) == ["/coco", "/draw_people", "/predict"]
    assert [p["parameter_name"] for p in named["/predict"]["parameters"]] == ["photo", "boxes", "threshold"]
    assert "joints in a photo" in named["/predict"]["description"]


@pytest.mark.parametrize("orientation", range(1, 9))
def test_photos_are_upright_whatever_the_camera_says(client, file, orientation):
    exif = Image.Exif()
    exif[274] = orientation
    stream = io.BytesIO()
    Image.new("RGB", (40, 20), "red").save(stream, "JPEG", exif=exif)
    record = client.predict(file("turned.jpg", stream.getvalue()), [[0, 0, 9, 9]], api_name="/predict")
    assert (record["width"], record["height"]) == ((40, 20) if orientation < 5 else (20, 40))


def saved(picture: Image.Image, kind: str, **options: object) -> bytes:
    stream = io.BytesIO()
    picture.save(stream, kind, **options)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("cmyk.jpg", saved(Image.new("CMYK", (60, 40)), "JPEG")),
        ("deep.png", saved(Image.fromarray(np.full((40, 60), 40_000, np.uint16)), "PNG")),
        ("palette.gif", saved(Image.new("P", (60, 40)), "GIF")),
        ("clear.png", saved(Image.new("RGBA", (60, 40), (9, 9, 9, 0)), "PNG")),
        ("anyname", saved(Image.new("L", (60, 40)), "WEBP")),
    ],
)
def test_unusual_pictures_reach_the_loader(client, file, name, content):
    record = client.predict(file(name, content), [[0, 0, 60, 40]], api_name="/predict")
    assert (record["width"], record["height"], len(record["people"])) == (60, 40, 1)


BAD = {
    "holiday.jpg": (b"Dear all,", "holiday.jpg: this is a text file, not a picture"),
    "empty.png": (b"", "empty.png: the file is empty"),
    "phone.heic": (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(40), "phone.heic: this is a HEIC picture"),
    "cut.jpg": (saved(Image.effect_noise((400, 300), 90), "JPEG")[:9000], "cut.jpg: the file is cut off or damaged"),
    "bomb.png": (saved(Image.new("1", (20_000, 20_000)), "PNG"), "bomb.png: 20000 x 20000 pixels are above the limit"),
    "page.html": (b"<!doctype html><script>alert(1)</script>", "page.html: this is a web page"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_file_gets_one_line_and_the_server_lives_on(client, file, studio, name):
    content, line = BAD[name]
    before = studio.memory
    with pytest.raises(Exception, match="(?s).*") as error:
        client.predict(file(name, content), api_name="/predict")
    message = str(error.value)
    assert line in message and "\n" not in message and "Traceback" not in message and str(studio.folder) not in message
    assert studio.memory - before < 50e6
    assert client.predict(file(), [[0, 0, 9, 9]], api_name="/predict")["width"] == 320
    assert "Traceback" not in studio.errors.read_text()


def ramps(side: int) -> np.ndarray:
    """A photo of four channels that compresses well."""
    ramp = np.linspace(0, 255, side).astype(np.uint8)
    return np.stack(np.broadcast_arrays(ramp, ramp[:, None], ramp[::-1], ramp), axis=-1)


@pytest.mark.skipif(sys.platform != "linux", reason="memory is read from /proc")
@pytest.mark.parametrize(
    ("name", "side"),
    [("turned.jpg", 8000), ("large.webp", 8000), ("large.png", 8000), ("large.tiff", 6320), ("large.avif", 5470)],
)
def test_the_largest_photos_add_less_than_400_mb(file, weights, tmp_path, name, side):
    pixels = ramps(side)
    if name.endswith("jpg"):
        exif = Image.Exif()
        exif[274] = 6  # turned by a quarter, which takes a second photo
        content = saved(Image.fromarray(np.ascontiguousarray(pixels[..., :3])), "jpeg", exif=exif)
    else:
        more = {"compression": "tiff_lzw"} if name.endswith("tiff") else {"compress_level": 1, "method": 0, "speed": 10}
        content = saved(Image.fromarray(pixels), name.partition(".")[2], **more)
    studio = Studio(tmp_path, weights)  # a new one, because the peak is that of the whole life of a process
    try:
        client = gradio_client.Client(studio.url, verbose=False)
        client.predict(file(), api_name="/predict")
        before = studio.memory
        record = client.predict(file(name, content), api_name="/predict")
        grown = studio.peak - before
    finally:
        studio.stop()
    assert record["width"] == record["height"] == side
    print(f"{name} of {side} x {side}: {grown / 1e6:.0f} MB")
    assert 3 * side**2 < grown < GROWTH


def test_several_visitors_at_once_each_get_their_own(studio, tmp_path):
    sizes, answers = [(40 + 8 * k, 30 + 4 * k) for k in range(6)], {}

    def visit(k: int) -> None:
        path = tmp_path / f"{k}.png"
        path.write_bytes(saved(Image.new("RGB", sizes[k], "gray"), "PNG"))
        own = gradio_client.Client(studio.url, verbose=False)
        for turn in range(3):
            box = [k + turn, k, 20, 20]
            record = own.predict(gradio_client.handle_file(str(path)), [box], api_name="/predict")
            answers.setdefault(k, []).append((record["file"], record["width"], record["people"][0]["box"], box))

    visitors = [threading.Thread(target=visit, args=(k,)) for k in range(6)]
    for visitor in visitors:
        visitor.start()
    for visitor in visitors:
        visitor.join(timeout=120)
    for k, size in enumerate(sizes):
        assert [(f"{k}.png", size[0], box) for *_, box in answers[k]] == [given[:3] for given in answers[k]]


def test_an_upload_is_handed_out_as_an_attachment_only(studio, client, photo):
    base = studio.url.removesuffix("/")
    page = b"<!doctype html><script>alert(1)</script>"
    for name, content in (("photo.png", image.encode(photo, "png")), ("page.html", page), ("a.svg", b"<svg/>")):
        (path,) = httpx.post(f"{base}/gradio_api/upload", files={"files": (name, content)}).json()
        answer = httpx.get(f"{base}/gradio_api/file={path}")
        assert answer.headers["content-disposition"].startswith("attachment")
        assert answer.headers["x-content-type-options"] == "nosniff" and "html" not in answer.headers["content-type"]


@pytest.mark.parametrize("path", ["/etc/passwd", str(Path(__file__)), "/proc/self/environ"])
def test_no_other_file_can_be_had(studio, client, path):
    base = studio.url.removesuffix("/")
    assert httpx.get(f"{base}/gradio_api/file={path}").status_code == 403
    with pytest.raises(Exception, match="(?s).*"):
        client.predict({"path": path, "meta": {"_type": "gradio.FileData"}}, api_name="/predict")
    with pytest.raises(Exception, match="no longer here"):
        client.predict({"path": path}, api_name="/predict")


def test_an_address_is_not_fetched(studio, client):
    there = {"path": "https://example.org/a.png", "meta": {"_type": "gradio.FileData"}}
    with pytest.raises(Exception, match="nothing is fetched"):
        client.predict(there, api_name="/predict")


def test_what_is_too_large_is_refused_while_it_is_sent(studio):
    from apps.uploads import MAX_UPLOAD

    base = studio.url.removesuffix("/")
    answer = httpx.post(f"{base}/gradio_api/upload", files={"files": ("a.png", bytes(MAX_UPLOAD + 1))}, timeout=60)
    assert answer.status_code == 413


@pytest.mark.parametrize("path", ["", "config", "gradio_api/info", "../web/stage.js", "../text/zh.json", "nowhere"])
def test_every_answer_carries_the_policy(studio, path):
    answer = httpx.get(studio.url + path)
    assert "default-src 'self'" in answer.headers["content-security-policy"]
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_the_root_leads_to_the_studio_and_keeps_the_wishes(studio):
    root = studio.url.removesuffix("studio/")
    assert httpx.get(f"{root}?lang=zh").headers["location"] == "/studio/?lang=zh"
    assert httpx.get(root).headers["location"] == "/studio/"


@pytest.mark.parametrize("path", ["gradio_api/monitoring/summary", "monitoring/summary", "monitoring"])
def test_visitors_are_not_monitored(studio, path):
    assert httpx.get(studio.url + path).status_code in (401, 403, 404)


def test_it_listens_at_once_needs_no_torch_asks_no_other_machine_and_ends_cleanly(tmp_path, weights, photo):
    (tmp_path / "photo.png").write_bytes(image.encode(photo, "png"))
    studio = Studio(tmp_path, weights)
    try:
        client = gradio_client.Client(studio.url, verbose=False)
        record = client.predict(gradio_client.handle_file(str(tmp_path / "photo.png")), api_name="/predict")
        with pytest.raises(Exception, match="there is no photo|no longer here"):
            client.predict({"path": "nothing"}, api_name="/predict")
        room = studio.url.replace("/studio/", "/classroom/")
        for address in (room, studio.url.replace("/studio/", "/pages")):
            httpx.get(address, timeout=120).raise_for_status()
    finally:
        end = studio.stop()
    assert len(record["people"]) == 2
    assert studio.line == f"The Studio is at {studio.url}, the Classroom at {room} (Ctrl-C ends it)\n"
    crowded = os.getloadavg()[0] > 2 * os.cpu_count()  # then seconds say nothing about the program
    assert studio.listening < 8 or crowded
    assert end == {"code": 0, "errors": "", "lookups": [], "torch": False}
    assert list(tmp_path.glob("hrnet-studio-*")) == []


def test_a_program_comes_in_with_the_password_and_not_without(tmp_path, weights, photo):
    (tmp_path / "photo.png").write_bytes(image.encode(photo, "png"))
    studio = Studio(tmp_path, weights, password="open sesame")
    try:
        client = gradio_client.Client(studio.url, verbose=False, headers=studio.headers)
        record = client.predict(gradio_client.handle_file(str(tmp_path / "photo.png")), api_name="/predict")
        assert len(record["people"]) == 2
        for path in ("config", "gradio_api/info", "../pages", "../classroom/_stcore/health"):
            assert httpx.get(studio.url + path).status_code == 401
        assert httpx.get(studio.url + "../classroom/_stcore/health", headers=studio.headers).status_code == 200
    finally:
        studio.stop()
