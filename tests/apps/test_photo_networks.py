import json

import numpy as np
import pytest

from apps.desk import Desk
from apps.model import Model
from apps.views import compare
from hrnet import image, weights
from hrnet.geometry import Box
from hrnet.person import Person
from hrnet.skeleton import COCO_17, MPII_16

ALONE, FLIPPED = {"network": "own"}, {"network": "own", "flip": True}


@pytest.fixture(scope="module")
def desk(weights, tmp_path_factory) -> Desk:
    with Model(str(weights["pose"]), str(weights["finder"])) as model:
        yield Desk(model, tmp_path_factory.mktemp("desk"))


@pytest.fixture
def token(desk, photo) -> str:
    token, path = desk.place("me.png")
    path.write_bytes(image.encode(photo, "png"))
    return token


def ask(desk, **values) -> dict:
    """The answer as it arrives in the browser."""
    return json.loads(json.dumps(compare.answer(desk, values, lambda share: None), allow_nan=False))


def test_the_servers_own_file_and_the_embedded_network_can_be_compared_and_no_folder_is_told(desk, weights):
    own, *others = compare.available(desk.model)
    assert (own["name"], own["called"], own["network"]) == ("own", "pose", "W8")
    assert [one["name"] for one in others] == ["pose"]
    start = compare.props(desk)["start"]
    assert [way["network"] for way in start] == ["own", "pose"]
    assert str(weights["pose"].parent) not in json.dumps(compare.props(desk))


def test_all_networks_with_which_the_server_was_started_are_offered(desk, weights, token, tmp_path, monkeypatch):
    path = tmp_path / "second.safetensors"
    path.write_bytes(weights["pose"].read_bytes())
    model = Model(str(weights["pose"]), str(weights["finder"]), [str(path), "default"])
    offered = [(one["name"], one["called"]) for one in compare.available(model)]
    assert offered == [("own", "pose"), ("given-1", "second"), ("given-2", "pose")]  # "default" is not named twice
    assert [way["network"] for way in compare.props(Desk(model, tmp_path))["start"]] == ["own", "given-1"]
    monkeypatch.setattr(desk.model, "others", model.others)
    monkeypatch.setattr(desk.model, "other_cards", model.other_cards)
    sides = ask(desk, photo=token, ways=[ALONE, {"network": "given-1"}], boxes=[[100, 50, 90, 120]])
    assert sides["all_apart"] is None or sides["all_apart"]["mean"] == 0  # the same weights


@pytest.mark.parametrize("name", ["default", "pose"])
def test_the_embedded_network_is_named_once_and_then_the_flip_is_compared(name):
    model = Model(name)
    assert [one["name"] for one in compare.available(model)] == ["own"]

    class OneModel:
        def __init__(self) -> None:
            self.model = model

    assert [way["flip"] for way in compare.props(OneModel())["start"]] == [False, True]


def test_what_was_fetched_before_can_be_chosen_and_nothing_else_of_the_catalogue(monkeypatch):
    monkeypatch.setattr(compare, "find", lambda entry: entry.name if "w48-256" in entry.name else None)
    names = [one["name"] for one in compare.available(Model())]
    assert "coco-w48-256x192" in names and "coco-w32-256x192" not in names and "imagenet-w48" not in names


def test_both_sides_are_what_the_library_gives(desk, token, photo, estimator):
    answer = ask(desk, photo=token, ways=[ALONE, FLIPPED | {"decoder": "argmax"}])
    expected = estimator(photo)
    np.testing.assert_allclose(np.array(answer["boxes"])[:, :4], [someone.box.xywh for someone in expected])
    cells = [side["shown"]["rows"][1]["cells"] for side in answer["sides"]]
    np.testing.assert_allclose([row[2:] for row in cells[0]], expected[0].keypoints[:, :2], atol=1e-3)
    apart = np.hypot(*(np.array([row[2:] for row in cells[0]]) - [row[2:] for row in cells[1]]).T)
    np.testing.assert_allclose([pixels for _, _, pixels in answer["apart"][0]], apart, atol=1e-3)
    assert answer["all_apart"]["most"] > 0 and all(side["milliseconds"] > 0 for side in answer["sides"])


def test_the_same_way_twice_agrees_everywhere(desk, token):
    answer = ask(desk, photo=token, boxes=[[20, 10, 90, 150], [150, 20, 100, 180]], ways=[FLIPPED, FLIPPED])
    assert [box[:4] for box in answer["boxes"]] == [[20, 10, 90, 150], [150, 20, 100, 180]]
    assert max(pixels for rows in answer["apart"] for _, _, pixels in rows) == 0


def test_only_joints_of_the_same_name_are_compared():
    def someone(count: int, x: float) -> Person:
        return Person(Box(0, 0, 9, 9), np.full((count, 3), [x, 0, 0.9], np.float32), 0.9)

    (rows,) = compare.distances([someone(17, 0)], [someone(16, 3)], COCO_17, MPII_16)
    assert {COCO_17.joints[i] for i, _, _ in rows} == set(COCO_17.joints) & set(MPII_16.joints)
    assert all(COCO_17.joints[i] == MPII_16.joints[j] and pixels == 3 for i, j, pixels in rows)
    unsure = [someone(17, 0)]
    unsure[0].keypoints[:, 2] = 0
    assert compare.summary([[(0, 0, 5.0), (1, 1, 9.0)]], unsure, unsure) is None


@pytest.mark.parametrize(
    ("ways", "line"),
    [
        (None, "ways are two of"),
        ([ALONE], "ways are two of"),
        ([ALONE, "own"], "ways are two of"),
        ([ALONE, {"network": "/etc/passwd"}], "there is no network '/etc/passwd' here; there are own, pose"),
        ([ALONE, {"network": ["own"]}], "there is no network"),
        ([ALONE, ALONE | {"flip": "yes"}], "flip is true or false"),
        ([ALONE, ALONE | {"decoder": "magic"}], "there is no decoder 'magic'; choose one of quarter"),
        ([ALONE, ALONE | {"decoder": ["dark"]}], "there is no decoder"),
    ],
)
def test_what_is_no_way_is_told_in_a_line(desk, token, ways, line):
    with pytest.raises(ValueError, match=line):
        ask(desk, photo=token, ways=ways)


def test_a_network_that_is_gone_meanwhile_is_not_fetched(monkeypatch):
    name = next(iter(weights.published()))
    monkeypatch.setattr(compare, "find", lambda entry: None)
    with pytest.raises(weights.WeightsError, match="no longer on this machine"):
        compare.network(Model(), name)
