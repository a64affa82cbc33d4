from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from made_beasts import beasts, changed, puppets, swapped

from hrnet.data import PoseSet, read
from hrnet.sets.derive import pairs as derived_pairs
from hrnet.sets.doctor.sides import ALL, SOME, TWO_SIDED, evidence, swaps
from hrnet.sets.shape import Shapes
from hrnet.skeleton import Skeleton

CUSTOM = Path(__file__).parents[3] / "shared" / "custom"


def found(poses: PoseSet) -> dict[int | None, tuple[str, tuple[int, ...]]]:
    told = swaps(poses, Shapes.of(poses))
    return {
        one.spots[0].thing if one.spots else None: (one.kind, one.spots[0].joints if one.spots else ()) for one in told
    }


@pytest.mark.parametrize("seed", range(3))
def test_correct_labels_from_above_raise_no_alarm(seed):
    assert found(beasts(60, seed)) == {}


def test_one_pair_that_is_swapped_is_named_whichever_it_is():
    poses = beasts(60)
    assert found(swapped(poses, 7, 0)) == {7: ("swapped", (1, 2))}
    assert found(swapped(poses, 8, 1)) == {8: ("swapped", (4, 5))}


def test_a_thing_with_all_pairs_swapped_is_told_where_all_are_seen_from_one_side():
    assert found(swapped(beasts(60), 7)) == {7: ("mirrored", (1, 2, 4, 5))}


def test_every_tenth_thing_swapped_is_still_found():
    poses = beasts(60)
    for thing in range(0, 60, 10):
        poses = swapped(poses, thing)
    assert set(found(poses)) == set(range(0, 60, 10))


def test_things_from_behind_are_not_taken_for_swapped_and_the_limit_is_told():
    assert found(puppets(60)) == {None: ("two_sides", ())}


@pytest.mark.parametrize("pair", [0, 1])
def test_hands_or_feet_alone_are_found_from_behind_as_from_in_front(pair):
    poses = puppets(60)
    for thing in (6, 7):  # one seen from behind, one from in front
        assert found(swapped(poses, thing, pair))[thing][0] == "swapped"


def test_a_pair_seen_edge_on_is_no_evidence():
    def edge_on(keypoints):
        keypoints[[2, 3], 0] = keypoints[[2, 3], 0].mean() + np.float32([-1, 1])

    assert 7 not in found(changed(puppets(60), 7, edge_on))


def test_pairs_are_read_from_names_where_a_set_gives_none():
    poses = swapped(beasts(60), 7, 0)
    assert found(replace(poses, skeleton=Skeleton("bare", poses.joints))) == {7: ("swapped", (1, 2))}


def test_missing_labels_and_too_few_things_are_no_evidence():
    def blind(keypoints):
        keypoints[[1, 4]] = 0

    assert found(changed(swapped(beasts(60), 7), 7, blind)) == {}
    assert found(swapped(beasts(11), 7)) == {}


# ---- the figures that stand in the doctor's text ---------------------------------------------------------------------

# Of things swapped on purpose (6 of 100, twice), how many are found: one pair, and all pairs; then how many of the
# untouched things are flagged. Looked at one by one, those of the mouse (a leftear on the right side) and one of the
# bees' (a head against its legs), two of the robots' are mistakes in the published labels; 12 bees are upside down.
RATES = {
    "mouse_dlc": (1.0, 1.0, 1),
    "robots_coco": (0.6, 0.0, 6),  # from both sides, and many with one whole pair only
    "mirror_mouse_lp": (0.75, 1.0, 2),
    "bees_yolo": (0.95, 0.8, 13),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", RATES)
def test_swaps_made_on_purpose_are_found_in_real_sets(name, tmp_path):
    if not CUSTOM.is_dir():
        pytest.skip("needs ../shared/custom: four small real sets")
    one_pair, all_pairs, alarms = RATES[name]
    poses = read(CUSTOM / f"{name}.zip", cache=tmp_path)
    shapes, pairs = Shapes.of(poses), derived_pairs(poses.skeleton).value
    flagged = _flagged(shapes, pairs)
    assert flagged.sum() <= alarms, np.flatnonzero(flagged)
    rng = np.random.default_rng(1)
    assert _hits(shapes, pairs, rng, whole=False, spared=flagged) >= one_pair
    assert _hits(shapes, pairs, rng, whole=True, spared=flagged) >= all_pairs


def _flagged(shapes, pairs):
    sides = evidence(shapes, pairs)
    return (sides.swapped > SOME) | ((sides.mirrored > ALL) & (sides.share <= TWO_SIDED))


def _hits(shapes, pairs, rng, whole, spared):
    hits = []
    for _ in range(2):
        points, labeled = shapes.points.copy(), shapes.labeled.copy()
        chosen = rng.choice(np.flatnonzero(~spared), max(2, round(0.06 * len(shapes))), replace=False)
        changed = []
        for row in chosen:
            some = pairs if whole else [pairs[rng.integers(len(pairs))]]
            if any(labeled[row, list(pair)].all() for pair in some):
                changed.append(row)
            for left, right in some:
                points[row, [left, right]] = points[row, [right, left]]
                labeled[row, [left, right]] = labeled[row, [right, left]]
        hits += _flagged(Shapes(shapes.places, points, labeled), pairs)[changed].tolist()
    return float(np.mean(hits))
