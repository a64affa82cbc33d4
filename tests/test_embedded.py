"""The networks that travel with the repository: what they weigh, what they see, and a floor under their figures."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from safetensors import safe_open

import hrnet
from hrnet import evaluation, image, weights
from hrnet.data import read_coco
from hrnet.draw import VISIBLE
from hrnet.finder.judge import Labeled, precision, recall

PEOPLE = Path(__file__).resolve().parents[2] / "shared" / "people" / "people.json.gz"
FLOOR_AP, FLOOR_RECALL, FLOOR_PRECISION = 0.37, 0.61, 0.80  # a little under what MODELS.md says
MEGABYTE = 1e6

needs_people = pytest.mark.skipif(not PEOPLE.is_file(), reason="needs the people set in ../shared/people")


@pytest.fixture(scope="module")
def estimator():
    return hrnet.load(engine="openvino")


@pytest.fixture(scope="module")
def hopper():
    cbook = pytest.importorskip("matplotlib.cbook")
    return image.read(cbook.get_sample_data("grace_hopper.jpg", asfileobj=False))


@pytest.mark.parametrize(("name", "limit"), [("pose", 13), ("finder", 5)])
def test_they_are_small_and_open_with_nothing_but_safetensors(name, limit):
    path = weights.embedded()[name]
    assert path.stat().st_size <= limit * MEGABYTE
    with safe_open(path, framework="numpy") as file:
        assert all(np.isfinite(file.get_tensor(key)).all() for key in file.keys())
        assert "final_layer.weight" in file.keys()


@pytest.mark.parametrize("name", ["pose", "finder"])
def test_they_say_where_they_come_from_and_what_they_reached(name):
    metadata = weights.read_metadata(weights.embedded()[name])
    assert metadata.license == "Apache-2.0" and "MODELS.md" in metadata.data
    assert metadata.figures and all(figure.measured and figure.source for figure in metadata.figures)


def test_grace_hopper_is_found_with_head_and_shoulders_and_without_legs(estimator, hopper):
    people = estimator(hopper)
    assert len(people) == 1
    box, keypoints = people[0].box, people[0].keypoints
    assert box.x < 120 and box.x + box.w > 400 and box.y < 120  # she fills the picture
    names = hrnet.COCO_17.index
    score = {joint: keypoints[names(joint), 2] for joint in hrnet.COCO_17.joints}
    place = {joint: keypoints[names(joint), :2] for joint in hrnet.COCO_17.joints}
    for joint in ("nose", "left_eye", "right_eye", "left_shoulder", "right_shoulder"):
        assert score[joint] > VISIBLE, joint
    # read off the photo; the network is preliminary, so within 45 px where the face is 180 px wide
    for joint, (x, y) in {"nose": (268, 233), "left_eye": (308, 190), "right_eye": (225, 190)}.items():
        assert np.hypot(*(place[joint] - (x, y))) < 45, (joint, place[joint])
    assert place["left_shoulder"][0] > place["right_shoulder"][0] + 100  # her left is on our right
    for joint in ("left_knee", "right_knee", "left_ankle", "right_ankle"):
        assert score[joint] <= VISIBLE, (joint, score[joint])


def test_nobody_is_found_in_a_gray_picture(estimator):
    assert estimator(np.full((300, 400, 3), 127, np.uint8)) == []


@pytest.mark.skipif(
    not Path("/proc/self/status").is_file(), reason="needs Linux's /proc to read a process's peak memory"
)
def test_predict_stays_small_and_never_imports_torch(tmp_path, hopper):
    image.write(tmp_path / "hopper.png", hopper)
    # VmHWM, not getrusage: after a fork that one still counts the memory of this very process
    code = (
        "import re, sys; from hrnet.__main__ import main;"
        f"code = main(['predict', {str(tmp_path / 'hopper.png')!r}, '--engine', 'openvino']);"
        "peak = re.search(r'VmHWM:\\s+(\\d+) kB', open('/proc/self/status').read())[1];"
        "print(code, 'torch' in sys.modules, peak)"
    )
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", code], capture_output=True, text=True, check=True)
    code, torch, kilobytes = done.stdout.split()[-3:]
    assert (code, torch) == ("0", "False")
    assert int(kilobytes) < 600_000


@needs_people
@pytest.mark.slow
def test_the_pose_network_stays_above_its_floor_on_val(estimator):
    poses = read_coco(PEOPLE).split("val")
    topdown = hrnet.load(finder=None, flip=True).topdown
    found = evaluation.detect(topdown, poses, evaluation.given_boxes(poses), lambda p: poses.photos[p].read())
    assert evaluation.figures(poses, found)["AP"] >= FLOOR_AP


@needs_people
@pytest.mark.slow
def test_the_finder_stays_above_its_floor(estimator):
    from train.recipes.people_pose import held_out

    everything = read_coco(PEOPLE)
    asked, listed = everything.split("val"), everything.only(held_out)
    found, exact = ([estimator.finder([photo.read()])[0] for photo in poses.photos] for poses in (asked, listed))
    labels, exactly = ([Labeled.of(poses, i) for i in range(len(poses.photos))] for poses in (asked, listed))
    assert recall(found, labels) >= FLOOR_RECALL
    assert precision(exact, exactly) >= FLOOR_PRECISION
