"""What is decided before a training, why, and what is refused."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from hrnet.data.pose_set import LabeledPerson, PhotoFile, PoseSet
from hrnet.geometry import Box
from hrnet.sets.habits import habits
from hrnet.sets.plan import plan
from hrnet.sets.rows import rows
from hrnet.skeleton import COCO_17, Skeleton
from hrnet.spec import W48
from hrnet.weights import store

MOUSE = np.array([[0, -40], [-12, -22], [12, -22], [0, 40]], float)  # from above, left and right as it has them
NAMES = ["snout", "leftear", "rightear", "tailbase"]


def seen(degrees, mirrored=False, joints=NAMES, count=60, margin=12.0, shape=MOUSE, noise=1.5):
    """A set of things turned by up to so many degrees to either side."""
    rng = np.random.default_rng(0)
    people = []
    for place in range(count):
        angle = np.deg2rad(rng.uniform(-degrees, degrees))
        turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
        points = shape * [-1 if mirrored and place % 2 else 1, 1] + rng.normal(size=shape.shape) * noise
        points = points @ turn + rng.uniform(100, 300, 2)
        keypoints = np.column_stack([points, np.full(len(points), 2)]).astype(np.float32)
        box = Box.around(points)
        box = Box(box.x - margin, box.y - margin, box.w + 2 * margin, box.h + 2 * margin)
        people.append(LabeledPerson(place, place, box, keypoints, np.ones(len(points), np.float32)))
    photos = tuple(PhotoFile(n, Path(f"{n}.jpg"), size=(400, 400)) for n in range(count))
    return PoseSet(Skeleton.of(joints), photos, tuple(people))


def made(poses, device="cpu", cores=2, **changes):
    return plan(poses, device=device, cores=cores, changes=changes)


def test_a_subject_from_above_is_turned_all_the_way_and_sees_a_square():
    choices = made(seen(180))
    assert choices["turn"] == 180 and choices["input_size"] == (160, 160)
    assert habits(seen(180)).turns and not habits(seen(20)).turns


@pytest.mark.parametrize(("squeezed", "size"), [((0.2, 1), (192, 128)), ((2, 0.2), (128, 192))])
def test_an_upright_subject_is_turned_a_little_and_sees_the_shape_of_its_boxes(squeezed, size):
    choices = made(seen(5, shape=MOUSE * squeezed, noise=0.3, margin=4))
    assert choices["turn"] < 90 and choices["input_size"] == size


def test_pairs_that_trade_places_make_a_mirrored_mouse_a_mouse():
    assert made(seen(5))["mirror"] is True
    assert habits(seen(180)).mirrors


def test_a_subject_that_always_looks_to_one_side_is_not_mirrored():
    side = np.array([[40, 0], [-40, 5], [-10, 30], [20, 30]], float)
    poses = seen(5, joints=["nose", "tail", "hind", "front"], shape=side)
    assert made(poses)["mirror"] is False
    choices = made(poses, mirror="yes")
    assert choices["mirror"] is False and len(choices.refused) == 1
    assert "would teach what is never seen" in choices.refused[0]
    both = seen(5, mirrored=True, joints=["nose", "tail", "hind", "front"], shape=side)
    assert made(both)["mirror"] is True


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("learning_rate", "3", "from 1e-06 to 0.01 is safe, got 3"),
        ("learning_rate", "nan", "'nan' is not a number"),
        ("input_size", "100x100", "multiples of 32 from 32 to 512, got 100x100"),
        ("input_size", "large", "'large' is not height x width"),
        ("batch_size", "1", "from 2 to 256 examples, got 1"),
        ("freeze", "trunk,head", "1 joints are new to the head"),
        ("turn", "200", "between 0 and 180"),
        ("mirror", "perhaps", "'perhaps' is not yes or no"),
        ("start", "nothing-like-it", "there are no weights 'nothing-like-it'"),
        ("start", "coco-w48-384x288", "is not on this machine"),
        ("steps", "0", "from 1 to 200000 steps"),
        ("minutes", "-1", "minutes from 0"),
        ("average", "1", "between 0 and 1"),
    ],
)
def test_what_is_not_safe_is_refused_with_the_reason_and_the_suggestion_stays(name, value, said, monkeypatch, tmp_path):
    monkeypatch.setenv("HRNET_HOME", str(tmp_path))
    monkeypatch.delenv("HRNET_OFFLINE_DIR", raising=False)
    poses = seen(180)
    choices = made(poses, **{name: value})
    assert len(choices.refused) == 1 and said in choices.refused[0] and choices.refused[0].startswith(f"{name}: ")
    assert choices[name] == made(poses)[name]
    assert choices.options() == ["--device", "cpu"]


def test_few_examples_have_no_statistics_of_their_own():
    assert not made(seen(180), batch_size=16, freeze_statistics="no").refused
    assert (
        "the statistics of 4 examples are mostly noise"
        in made(seen(180), batch_size=4, freeze_statistics="no").refused[0]
    )


def test_options_are_what_a_person_said_as_the_recipe_takes_it():
    choices = made(seen(180), input_size=(192, 192), mirror=False, freeze="none", batch_size="8")
    assert choices.options() == [
        *("--device", "cpu", "--set", "mirror=no", "--set", "input_size=192x192", "--set", "batch_size=8"),
        *("--set", "freeze=none"),
    ]
    assert choices["freeze"] == () and choices["input_size"] == (192, 192)


def test_every_choice_has_a_reason_and_a_text_that_gives_it_back():
    choices = made(seen(180))
    assert all(choice.reason for choice in choices.choices)
    again = made(seen(180), **{c.name: c.text for c in choices.choices if c.name != "device"})
    assert again.values == choices.values and not again.refused


def test_minutes_become_steps_and_more_work_takes_longer():
    poses = seen(180)
    short, long = made(poses, minutes=2), made(poses, minutes=8)
    assert 3.9 < long["steps"] / short["steps"] < 4.1 and 1.8 < short.minutes < 2.2
    assert made(poses, input_size="256x256").minutes > 2 * made(poses).minutes
    assert made(poses, cores=1).minutes > made(poses, cores=2).minutes > made(poses, "cuda").minutes


def test_nothing_begins_from_nothing_unless_one_says_so():
    choices = plan(seen(180), device="cpu", cores=2, start="none")
    assert choices["start"] == "" and choices["freeze"] == () and choices["freeze_statistics"] is False
    assert all(row.place is None for row in choices.rows)
    assert "nothing to keep" in made(seen(180), start="none", freeze="stem").refused[0]


def test_rows_of_the_head_are_found_by_name_spelling_and_neighborhood():
    kept = rows([*NAMES, "Right-Ear", "right_hand"], COCO_17.joints)
    assert [row.kept for row in kept] == ["nose", "left_ear", "right_ear", "", "right_ear", "right_wrist"]
    assert kept[1].place == COCO_17.joints.index("left_ear") and kept[3].place is None


def test_a_set_without_labels_has_no_plan():
    poses = seen(180)
    with pytest.raises(ValueError, match="nothing in this set has a labeled joint"):
        made(replace(poses, samples=()))
    with pytest.raises(ValueError, match="speed is no choice; there are start, turn"):
        made(poses, speed=3)


def test_things_without_joints_in_common_say_nothing_about_mirrors():
    poses = seen(
        5, count=6, joints=[f"{side}_{n}" for side in ("left", "right") for n in range(9)], shape=np.eye(18, 2) * 50
    )
    for place, thing in enumerate(poses.samples):
        hidden = np.ones(18, bool)
        hidden[3 * place : 3 * place + 3] = False
        thing.keypoints[hidden] = 0
    assert habits(poses).mirrored is None and not made(poses).refused


@pytest.mark.parametrize("joints", [1, 2])
def test_one_or_two_joints_are_enough(joints):
    poses = seen(180, joints=NAMES[:joints], shape=MOUSE[:joints])
    choices = made(poses)
    assert habits(poses).spread is None and not choices.refused and choices["mirror"] is False


def test_a_gpu_begins_with_the_largest_network_that_is_there(monkeypatch, tmp_path):
    monkeypatch.delenv("HRNET_OFFLINE_DIR", raising=False)
    monkeypatch.setenv("HRNET_HOME", str(tmp_path))
    assert made(seen(180), "cuda")["start"] == "default"
    there = {"coco-w32-256x192", "coco-w48-256x192", "ap10k-w32-256x256"}
    monkeypatch.setattr(store, "find", lambda entry: tmp_path / entry.file if entry.name in there else None)
    choices = made(seen(180, joints=["a", "b", "c", "right_ankle"]), "cuda")
    assert (choices["start"], choices.spec) == ("coco-w48-256x192", W48) and choices["learning_rate"] == 1e-3
    assert [row.kept for row in choices.rows] == ["", "", "", "right_ankle"]
    assert made(seen(180), "cuda")["start"] == "ap10k-w32-256x256"  # a snout and a tail
    assert made(seen(180), "cpu")["start"] == "default"
