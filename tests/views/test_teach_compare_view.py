"""The step "Compare & take away", as the page asks it; and a run's network in place of the server's own."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "apps"))

from studio_fixtures import photo, weights  # noqa: E402, F401
from taught_runs import LAMP, labeled_set, taught_run  # noqa: E402

import hrnet  # noqa: E402
from apps import networks  # noqa: E402
from apps.desk import Desk  # noqa: E402
from apps.model import Model  # noqa: E402
from apps.views import compare as ways  # noqa: E402
from apps.views import networks as told_of_networks  # noqa: E402
from apps.views import photo as photos  # noqa: E402
from apps.views import teach  # noqa: E402
from apps.views.teach import compare  # noqa: E402
from hrnet import image  # noqa: E402
from hrnet.geometry import whole  # noqa: E402
from hrnet.sets import judged  # noqa: E402
from hrnet.skeleton import Skeleton  # noqa: E402
from hrnet.topdown import TopDown  # noqa: E402

FIRST, SECOND, MICE = "a" * 22, "b" * 22, "m" * 22


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """Two runs of one set that hold out other pictures, and one of another set that shares names with persons."""
    home = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HRNET_HOME", str(home))
        lamps = labeled_set(home)
        taught_run(home, lamps, FIRST, title="one")
        lamps.set_split({id: "train" if split == "val" else "val" for id, split in _splits(lamps).items()})
        taught_run(home, lamps, SECOND, title="two", sign=-1)
        mice = labeled_set(home, "mice", Skeleton.of(["nose", "left_ear", "right_ear", "tail_base"]))
        taught_run(home, mice, MICE)
        yield home, lamps.token, mice.token


def _splits(labels) -> dict[int, str]:
    return {id: picture.split for id, picture in labels.pictures.items()}


@pytest.fixture(scope="module")
def desk(home, weights, tmp_path_factory):  # noqa: F811
    with Model(str(weights["pose"]), str(weights["finder"])) as model:
        yield Desk(model, tmp_path_factory.mktemp("desk"))


@pytest.fixture
def token(desk, photo) -> str:  # noqa: F811
    token, path = desk.place("me.png")
    path.write_bytes(image.encode(photo, "png"))
    return token


@pytest.fixture
def ask(desk, home):
    """The answer as it arrives in the browser."""

    def go(do: str, **values):
        values = {"do": f"compare.{do}", "set": home[1], **values}
        return json.loads(json.dumps(teach.answer(desk, values, lambda share: None), allow_nan=False))

    return go


# ---- the step --------------------------------------------------------------------------------------------------------


def test_runs_say_who_can_stand_beside_them(ask, home):
    runs = {run["token"]: run for run in ask("runs")["runs"]}
    assert set(runs) == {FIRST, SECOND}
    assert runs[FIRST]["eyes"] == [] and runs[FIRST]["start"] == {"name": "pose", "known": 0}
    (mice,) = ask("runs", set=home[2])["runs"]
    assert mice["eyes"] == ["start"] and mice["start"]["known"] == 3 and not mice["person"]


def test_errors_are_those_of_the_network_on_what_its_run_held_out(ask, desk, home):
    held = ask("held", a=None, b=FIRST)
    assert (held["count"], held["held"], held["all"][0], held["all"][1]["count"]) == (3, 3, None, 12)
    assert held["how"] == {"by": "labels", "values": {"learned": "train", "judged": "val"}}
    run = judged.RunFiles.of(home[0] / "runs" / FIRST)
    topdown = hrnet.load(run.weights, finder=None).topdown
    out = run.division().judged
    places, points = judged.answers(TopDown(topdown.network, topdown.metadata, flip=True), out)
    expected = {out.photos[out.samples[place].photo].id: own for place, own in zip(places, points, strict=True)}
    distances, worst = [], {}
    for one in held["pictures"]:
        shown = ask("open", a=None, b=FIRST, picture=one["id"])
        labels = desk.sets.open(home[1]).things(one["id"])[0].keypoints
        np.testing.assert_allclose(shown["labels"][0], labels, atol=0.01)
        np.testing.assert_allclose(shown["eyes"][1][0], expected[one["id"]], atol=0.001)
        size = np.ptp(labels[:, :2], axis=0).max()
        shares = np.hypot(*(np.array(shown["eyes"][1][0])[:, :2] - labels[:, :2]).T) / size
        distances.append(shares)
        worst[one["id"]] = np.minimum(shares, 1).mean()
        assert one["bad"][1] == pytest.approx(worst[one["id"]], abs=1e-3)
    assert held["all"][1]["near"][0] == pytest.approx(np.mean(np.concatenate(distances) <= 0.1))
    assert [row[1]["share"] for row in held["table"]] == pytest.approx(np.median(distances, axis=0), abs=1e-3)
    assert [one["id"] for one in held["pictures"]] == sorted(worst, key=worst.get, reverse=True)


def test_two_runs_are_compared_on_what_the_second_held_out_and_what_the_first_learned_of_it_is_told(ask):
    held = ask("held", a=FIRST, b=SECOND)
    assert held["count"] == 6 and held["learned"] == 6
    assert held["all"][0]["count"] == held["all"][1]["count"] == 24
    assert held["table"] != [[b, a] for a, b in held["table"]]
    same = ask("held", a=FIRST, b=FIRST)
    assert same["all"][0] == same["all"][1] and same["learned"] == 0


def test_the_weights_it_began_from_answer_for_the_joints_that_they_know(ask, home):
    held = ask("held", a="start", b=MICE, set=home[2])
    assert [row[0]["count"] for row in held["table"]] == [3, 3, 3, 0]  # a person has a nose and ears, and no tail
    shown = ask("open", a="start", b=MICE, set=home[2], picture=held["pictures"][0]["id"])
    assert [point is None for point in shown["eyes"][0][0]] == [False, False, False, True]
    assert ask("held", a="start", b=FIRST)["all"][0] is None  # nothing that lamps have


def test_a_run_that_was_judged_without_mirrors_is_measured_without(ask, home):
    from apps.views.teach import compare_eyes

    recipe = home[0] / "runs" / SECOND / "run" / "recipe.json"
    text = recipe.read_text()
    before = ask("held", a=None, b=SECOND)
    recipe.write_text(json.dumps(json.loads(text) | {"mirror": False}))
    try:
        compare_eyes._answers = type(compare_eyes._answers)(20, 10**6)
        after = ask("held", a=None, b=SECOND)
        assert before["mirrored"] and not after["mirrored"]
        assert before["all"][1]["share"] != after["all"][1]["share"]
    finally:
        recipe.write_text(text)
        compare_eyes._answers = type(compare_eyes._answers)(20, 10**6)


def test_the_first_look_is_shown_for_the_pictures_that_it_kept(ask, home):
    picture = ask("held", a=None, b=FIRST)["pictures"][0]["id"]
    labels = ask("open", a=None, b=FIRST, picture=picture)["labels"][0]
    seen = home[0] / "runs" / FIRST / "run" / "seen"
    for step, moved in ((3, 7), (9, 1)):
        people = [{"keypoints": [[x + moved, y, 0.5] for x, y, _ in labels]}]
        (seen / f"{step}-0.json").write_text(json.dumps({"step": step, "id": picture, "people": people}))
    (seen / "9-1.json").write_text('{"step": 9, "id"')  # at this moment
    try:
        assert ask("runs")["runs"][-1]["eyes"] == ["first"]
        held = ask("held", a="first", b=FIRST)
        assert held["all"][0]["count"] == 4 and held["all"][0]["pixels"] == pytest.approx(7, abs=0.01)
    finally:
        for path in seen.iterdir():
            path.unlink()


def test_a_new_photo_is_seen_in_the_whole_or_in_drawn_boxes_and_never_silently_where_persons_are(ask, token, photo):  # noqa: F811
    height, width = photo.shape[:2]
    assert ask("photo", photo=token, a=FIRST, b=SECOND)["way"] == "twice"
    seen = ask("photo", photo=token, a=FIRST, b=SECOND, way="whole")
    assert seen["boxes"] == [[0, 0, width, height]] and [len(eye) for eye in seen["eyes"]] == [1, 1]
    drawn = ask("photo", photo=token, a=None, b=SECOND, boxes=[[10, 20, 90, 80]])
    assert drawn["boxes"] == [[10, 20, 90, 80]] and drawn["way"] is None and drawn["eyes"][0] is None
    persons = ask("photo", photo=token, a=None, b=SECOND, way="persons")
    assert persons["way"] == "persons" and len(persons["boxes"]) == 2  # as many as the little finder finds


@pytest.mark.parametrize("kind", compare.KINDS)
def test_files_are_handed_out(ask, desk, kind):
    taken = ask("take", run=FIRST, kind=kind)
    path = desk.file(taken["url"].rpartition("/")[2])
    assert path.name == taken["name"] == {"zip": "one.zip", "weights": "one.safetensors"}.get(kind, "one-figures.json")
    assert path.stat().st_size > 500
    if kind == "weights":
        assert hrnet.load(path, finder=None).skeleton == LAMP


@pytest.mark.parametrize(
    ("do", "values", "line"),
    [
        ("held", {"b": MICE}, "another set"),
        ("held", {"b": "../../etc"}, "no longer here"),
        ("held", {"b": FIRST, "a": "/etc/passwd"}, "no longer here"),
        ("open", {"b": FIRST, "picture": 10_000}, "not among those"),
        ("take", {"run": FIRST, "kind": "../x"}, "kind is one of"),
        ("photo", {"b": FIRST, "photo": "x"}, "no longer here"),
        ("photo", {"b": FIRST, "way": "x"}, "no longer here|way is one of"),
        ("called", {}, "step.action"),
    ],
)
def test_what_cannot_be_asked_is_refused_in_one_line(ask, do, values, line):
    with pytest.raises(ValueError, match=line) as refused:
        ask(do, **values)
    assert "\n" not in str(refused.value)


# ---- a network of one's own on other pages ---------------------------------------------------------------------------


def on(bench, desk, **values):
    own = networks.seen_with(desk, values.get("network"))
    return json.loads(json.dumps(bench.answer(own, values, lambda share: None), allow_nan=False))


def test_the_photo_page_shows_the_joints_of_the_runs_network_for_this_question_only(desk, token, photo):  # noqa: F811
    height, width = photo.shape[:2]
    seen = on(photos, desk, ask="people", photo=token, network={"token": FIRST, "way": "whole"})
    assert seen["shown"]["skeleton"]["joints"] == list(LAMP.joints)
    assert [box[:4] for box in seen["boxes"]] == [[0, 0, width, height]] and seen["shown"]["caption"] == "photo.thing"
    own = on(photos, desk, ask="people", photo=token)
    assert len(own["shown"]["skeleton"]["joints"]) == 17 and len(own["boxes"]) == 2
    assert desk.model.estimator.skeleton.name == "coco-17"


def test_drawn_boxes_are_taken_as_they_are_and_persons_only_where_that_is_chosen(desk, token):
    drawn = [[10, 20, 90, 80]]
    network = {"token": FIRST, "way": "persons"}
    seen = on(photos, desk, ask="people", photo=token, boxes=drawn, network=network)
    assert [box[:4] for box in seen["boxes"]] == drawn
    found = on(photos, desk, ask="people", photo=token, network=network)
    assert [box[:4] for box in found["boxes"]] == [
        box[:4] for box in on(photos, desk, ask="people", photo=token)["boxes"]
    ]


def test_the_heatmaps_are_those_of_the_runs_network(desk, token):
    values = {"ask": "heatmaps", "photo": token, "box": [10, 20, 90, 80]}
    seen = on(photos, desk, **values, network={"token": FIRST})
    assert len(seen["sheet"]["limits"]) == len(LAMP)


def test_compare_offers_the_network_beside_the_servers_own(desk, token):
    own = networks.seen_with(desk, {"token": FIRST})
    assert [way["network"] for way in ways.props(own)["start"]] == ["own", "lent"]
    sides = on(ways, desk, photo=token, ways=[{"network": "own"}, {"network": "lent"}], network={"token": FIRST})[
        "sides"
    ]
    assert [len(side["shown"]["skeleton"]["joints"]) for side in sides] == [17, 4]
    with pytest.raises(ValueError, match="no network 'lent'"):
        on(ways, desk, photo=token, ways=[{"network": "own"}, {"network": "lent"}])


def test_inside_looks_into_the_runs_network(desk, token):
    from apps.views import inside

    seen = on(inside, desk, ask="decode", photo=token, box=[10, 20, 90, 80], network={"token": FIRST})
    assert len(seen["joints"]) == len(LAMP)


def test_augment_walks_with_the_joints_of_the_runs_network_also_in_an_example(desk, token):
    from apps.views import augment

    network = {"token": FIRST, "way": "whole"}
    for one in (token, "example-gym"):
        seen = on(augment, desk, ask="people", photo=one, network=network)
        assert seen["labels"] == "network" and seen["skeleton"]["joints"] == list(LAMP.joints)
    asked = {"ask": "steps", "photo": token, "labels": "network", "box": [10, 20, 60, 80], "preset": "udp", "seed": 1}
    joints = [[20 + 10 * i, 40, 2] for i in range(len(LAMP))]
    walked = on(augment, desk, **asked, keypoints=joints, network=network)
    assert [one["joint"] for one in walked["joints"]] in ([0, 1, 2, 3], [0, 1, 3, 2])  # mirrored or not
    assert LAMP.joints[0] in walked["python"]


def test_what_a_page_is_told_of_the_network(desk):
    told = json.loads(json.dumps(told_of_networks.answer(desk, {"network": {"token": FIRST}, "page": "photo"}, None)))
    assert (told["name"], told["way"], told["person"], told["joints"]) == ("one", "twice", False, list(LAMP.joints))
    (card,) = told["props"]["cards"]
    assert card["name"] == "one" and not card["preliminary"] and card["figures"][0]["value"] == 61.5
    gone = told_of_networks.answer(desk, {"network": {"token": "z" * 22}, "page": "photo"}, None)
    assert list(gone) == ["gone"] and "no longer here" in gone["gone"]
    with pytest.raises(ValueError, match="page is one of"):
        told_of_networks.answer(desk, {"network": {"token": FIRST}, "page": "lesson"}, None)


def test_new_weights_of_the_same_run_are_seen_at_once(desk, home, photo):  # noqa: F811
    def peaks():
        lent = networks.seen_with(desk, {"token": SECOND, "way": "whole"}).model
        return lent.use(lambda estimator: estimator(photo, boxes=[whole(photo)])[0].keypoints)

    path = home[0] / "runs" / SECOND / "run" / "best.safetensors"
    before, old = peaks(), path.read_bytes()
    path.write_bytes((home[0] / "runs" / FIRST / "run" / "best.safetensors").read_bytes())
    assert not np.allclose(peaks(), before)
    path.write_bytes(old)
    np.testing.assert_allclose(peaks(), before)


@pytest.mark.parametrize(
    ("network", "line"),
    [
        ("x", "network is"),
        ({}, "no longer here"),
        ({"token": "../../../../etc/passwd"}, "no longer here"),
        ({"token": "z" * 22}, "no longer here"),
        ({"token": FIRST, "way": "file"}, "way is one of"),
    ],
)
def test_a_page_cannot_ask_for_files_or_for_runs_that_are_not_there(desk, network, line):
    with pytest.raises(ValueError, match=line):
        networks.seen_with(desk, network)


def test_weights_that_cannot_be_opened_are_refused_without_a_folder(desk, home):
    path = home[0] / "runs" / MICE / "run" / "best.safetensors"
    old = path.read_bytes()
    path.write_bytes(old[: len(old) // 2])
    try:
        with pytest.raises(ValueError) as refused:
            _ = networks.seen_with(desk, {"token": MICE}).model.estimator
        assert str(home[0]) not in str(refused.value)
    finally:
        path.write_bytes(old)
