"""The zip that is taken away from a run works where nothing of this project is but the library."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "apps"))  # where runs without a training are made

from taught_runs import LAMP, labeled_set, taught_run  # noqa: E402

import hrnet  # noqa: E402
from hrnet import image  # noqa: E402
from hrnet.data.boxes import made_box  # noqa: E402
from hrnet.finder.looking import LookTwice, WholePicture  # noqa: E402
from hrnet.geometry import Box, whole  # noqa: E402
from hrnet.sets import SetError, judged, takeaway  # noqa: E402
from hrnet.sets.judged import Errors, RunFiles  # noqa: E402
from hrnet.skeleton import AP10K_17, COCO_17, CROWDPOSE_14, MPII_16, Skeleton  # noqa: E402

RUN = "r" * 22


@pytest.fixture(scope="module")
def run(tmp_path_factory) -> RunFiles:
    home = tmp_path_factory.mktemp("home")
    return RunFiles.of(taught_run(home, labeled_set(home), RUN, title="lamps, first"))


@pytest.fixture(scope="module")
def taken(run, tmp_path_factory) -> Path:
    """The folder out of the zip, in a place of its own."""
    folder = tmp_path_factory.mktemp("taken")
    found = run.division().judged
    topdown = hrnet.load(run.weights, finder=None).topdown
    places, points = judged.answers(topdown, found)
    labels = np.array([found.samples[place].keypoints for place in places])
    errors = Errors.of(points, labels, judged.sizes(found, places))
    path = takeaway.package(folder / "lamps.zip", run, title="lamps, first", options=["--steps", "9"], errors=errors)
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        archive.extractall(folder)
    (inside,) = [path for path in folder.iterdir() if path.is_dir()]
    assert inside.name == "lamps-first"
    return inside


def predict(folder: Path, *words: str) -> subprocess.CompletedProcess:
    return subprocess.run([sys.executable, "predict.py", *words], cwd=folder, capture_output=True, text=True)


def test_the_program_in_the_zip_runs_as_it_is_and_says_what_the_network_says(taken, tmp_path):
    photo = np.random.default_rng(3).integers(0, 256, (90, 140, 3), np.uint8)
    image.write(tmp_path / "photo.png", photo)
    said = predict(taken, str(tmp_path / "photo.png"))
    assert (said.returncode, said.stderr) == (0, "")
    (thing,) = json.loads(said.stdout)["things"]
    estimator = hrnet.load(taken / "weights.safetensors", finder=None, flip=True)
    (box,) = LookTwice(estimator.topdown)([photo])[0]
    (own,) = estimator(photo, boxes=[box])
    np.testing.assert_allclose(np.array(thing["keypoints"])[:, :2], own.keypoints[:, :2], atol=0.01)
    drawn = image.read(tmp_path / "photo-joints.png")
    assert drawn.shape == photo.shape


def test_the_program_has_about_ten_lines_and_says_its_use_and_what_is_wrong_in_one(taken):
    text = (taken / "predict.py").read_text()
    assert len([line for line in text.splitlines() if line.strip()]) <= 14
    assert "python predict.py photo.jpg" in predict(taken).stderr
    wrong = predict(taken, "nothing.jpg")
    assert wrong.returncode == 1 and len(wrong.stderr.strip().splitlines()) == 1 and "nothing.jpg" in wrong.stderr


def test_the_command_that_the_readme_names_does_the_same(taken, tmp_path):
    image.write(tmp_path / "photo.png", np.full((90, 140, 3), 128, np.uint8))
    (line,) = [line.strip() for line in (taken / "README.md").read_text().splitlines() if "hrnet predict" in line]
    words = line.replace("photo.jpg", str(tmp_path / "photo.png")).split()[1:]
    subprocess.run([sys.executable, *words], cwd=taken, check=True, capture_output=True)
    (record,) = json.loads((taken / "joints.json").read_text())
    assert len(record["people"][0]["keypoints"]) == len(LAMP)


def test_the_zip_tells_joints_figures_and_how_it_was_made_and_nothing_of_this_machine(taken, run):
    assert Skeleton.from_dict(json.loads((taken / "skeleton.json").read_text())) == LAMP
    figures = json.loads((taken / "figures.json").read_text())
    assert figures["figures"][0]["value"] == 61.5
    assert list(figures["held out"]["joints"]) == list(LAMP.joints)
    assert figures["held out"]["all"]["labels"] == 12  # three pictures with four joints
    made = json.loads((taken / "made.json").read_text())
    assert made["steps"] == {"planned": 9, "reached": 9} and made["seconds"] == 11
    assert made["command"].endswith("--steps 9") and "as the labels say" in made["pictures"]
    assert hrnet.load(taken / "weights.safetensors", finder=None).skeleton == LAMP
    texts = "".join(path.read_text() for path in taken.iterdir() if path.suffix != ".safetensors" and path.is_file())
    assert str(run.run.parents[2]) not in texts and "PCK 61.5" in texts


def test_a_run_without_weights_is_refused_and_leaves_no_file(run, tmp_path):
    with pytest.raises(SetError, match="no weights yet"):
        takeaway.package(tmp_path / "a.zip", RunFiles(run.data, tmp_path), title="x")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("skeleton", [COCO_17, MPII_16, CROWDPOSE_14])
def test_who_has_arms_and_legs_is_found_by_the_finder_of_persons(skeleton):
    assert takeaway.is_person(skeleton)
    assert "LookTwice" not in takeaway.program(skeleton) and "finder=None" not in takeaway.program(skeleton)


@pytest.mark.parametrize(
    "skeleton", [LAMP, AP10K_17, Skeleton.of(["nose", "left_ear", "right_ear", "tail_base"]), Skeleton.of(["a"])]
)
def test_lamps_mice_and_other_animals_are_not(skeleton):
    assert not takeaway.is_person(skeleton)
    assert "LookTwice" in takeaway.program(skeleton)


def test_the_mirror_is_averaged_in_only_where_the_run_was_judged_so(tmp_path):
    labels = labeled_set(tmp_path)
    run = RunFiles.of(taught_run(tmp_path, labels, RUN, mirror=False))
    assert not run.flips
    with zipfile.ZipFile(takeaway.package(tmp_path / "a.zip", run, title="a")) as archive:
        assert "flip=False" in archive.read("a/predict.py").decode()
        assert " --flip" not in archive.read("a/README.md").decode()


def test_a_run_that_was_judged_on_other_pictures_is_not_measured_but_taken_away(tmp_path):
    run = RunFiles.of(taught_run(tmp_path, labeled_set(tmp_path), RUN))
    learned = run.division().learned.photos[0].id
    (run.run / "seen" / "3-0.json").write_text(json.dumps({"step": 3, "id": learned, "people": []}))
    with pytest.raises(ValueError, match="other pictures"):
        run.division()
    with zipfile.ZipFile(takeaway.package(tmp_path / "a.zip", run, title="a")) as archive:
        assert "not known any more" in json.loads(archive.read("a/made.json"))["pictures"]


def test_names_of_joints_cannot_leave_the_text_of_the_program():
    nasty = Skeleton.of(['"""; import os', "b\n c", "x\\"])
    compiled = compile(takeaway.program(nasty), "predict.py", "exec")
    assert compiled and '"""; import' not in takeaway.program(nasty)


# ---- how near --------------------------------------------------------------------------------------------------------


def test_pck_and_medians_are_those_of_a_hand():
    labels = np.array([[[0, 0, 2], [100, 0, 1], [50, 50, 0]], [[0, 0, 2], [200, 0, 2], [9, 9, 2]]], float)
    found = labels.copy()
    found[0, 0, 0] = 4  # .04 of 100
    found[1, 0, 1] = 14  # .07 of 200
    found[1, 1, 0] = 260  # .3 of 200
    found[1, 2] = np.nan  # not known
    errors = Errors.of(found, labels, np.array([100.0, 200.0]))
    first = errors.joint(0)
    assert (first.count, first.near) == (2, (1.0, 0.5))
    assert first.pixels == pytest.approx(9) and first.share == pytest.approx(0.055)
    assert errors.joint(1).near == (0.5, 0.5)
    assert errors.joint(2) == judged.Nearness(0)  # once unlabeled, once not known
    assert errors.whole.count == 4 and errors.whole.near == (0.75, 0.5)
    assert errors.of_things([0]) == pytest.approx(0.02) and errors.of_things([1]) == pytest.approx(0.185)
    assert Errors.of(found[:, 2:], labels[:, 2:], np.array([1.0, 1.0])).of_things([0, 1]) is None


def test_what_is_held_out_is_what_the_recipe_held_out(run):
    division = run.division()
    assert sorted(photo.name for photo in division.judged.photos) == ["0.png", "3.png", "6.png"]
    assert not {photo.id for photo in division.judged.photos} & {photo.id for photo in division.learned.photos}
    name, metadata = judged.start_metadata(run.recipe)
    assert (name, metadata.skeleton) == ("pose", COCO_17)
    assert judged.start_metadata({"start": "no-such-weights"}) is None


# ---- where to look ---------------------------------------------------------------------------------------------------


def test_looking_twice_goes_to_where_something_was_seen():
    class Sees:
        def __init__(self, points):
            self.points = np.array(points, np.float32)

        def __call__(self, photos, boxes):
            assert boxes == [[whole(photo)] for photo in photos]
            return [self.points[None] for _ in photos]

    photo = np.zeros((100, 200, 3), np.uint8)
    points = [[20, 30, 0.9], [60, 70, 0.9], [190, 90, 0.1]]
    assert LookTwice(Sees(points))([photo]) == [[made_box(np.array(points[:2]), (100, 200))]]
    assert LookTwice(Sees(points[1:]))([photo]) == WholePicture()([photo]) == [[Box(0, 0, 200, 100)]]
