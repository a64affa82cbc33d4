from dataclasses import replace

import pytest
from made_people import made_set

from hrnet.finder.judge import TALL, Findings, Labeled, best_threshold, match, precision, recall
from hrnet.geometry import Box

TALL_ONE = Box(0, 0, 50, 100)
TALL_TWO = Box(200, 0, 50, 120)
SHORT = Box(100, 0, 50, 90)
NOWHERE = Box(400, 400, 50, 100)


def scored(box, score):
    return replace(box, score=score)


def test_recall_asks_for_tall_persons_only():
    label = Labeled([TALL_ONE, TALL_TWO, SHORT, Box(300, 0, 50, TALL)])
    assert recall([[TALL_ONE]], [label]) == 0.5
    assert recall([[TALL_ONE, TALL_TWO]], [label]) == 1
    assert recall([[SHORT]], [label]) == 0
    assert recall([[SHORT]], [label], tall=89) == 0.25
    assert recall([[TALL_ONE], []], [label, label]) == 0.25


def test_precision_counts_persons_of_every_height():
    label = Labeled([TALL_ONE, SHORT])
    assert precision([[TALL_ONE, SHORT]], [label]) == 1
    assert precision([[SHORT, NOWHERE]], [label]) == 0.5
    assert precision([[SHORT, NOWHERE], [TALL_ONE, NOWHERE, NOWHERE]], [label, Labeled([])]) == 0.2


def test_nobody_asked_for_and_nobody_found_are_zero_and_no_error():
    assert recall([[]], [Labeled([])]) == precision([[]], [Labeled([TALL_ONE])]) == 0


def test_a_second_box_on_the_same_person_is_wrong():
    label = Labeled([TALL_ONE])
    assert precision([[TALL_ONE, Box(1, 1, 50, 100)]], [label]) == 0.5
    assert recall([[TALL_ONE, Box(1, 1, 50, 100)]], [label]) == 1


def test_each_person_is_found_by_one_box_and_the_better_box_chooses_first():
    near = Box(25, 0, 50, 100)  # an IoU of a third with TALL_ONE
    between = Box(10, 0, 50, 100)  # 2/3 with TALL_ONE, .54 with `near`
    assert match([scored(between, 0.9), scored(TALL_ONE, 0.8)], [TALL_ONE, near]) == {0: 0}
    assert match([scored(between, 0.7), scored(TALL_ONE, 0.8)], [TALL_ONE, near]) == {1: 0, 0: 1}
    assert match([TALL_ONE], []) == {} and match([], [TALL_ONE]) == {}


def test_an_overlap_of_a_half_is_the_same_person_and_less_is_not():
    assert match([Box(0, 0, 50, 50)], [TALL_ONE]) == {0: 0}
    assert match([Box(0, 0, 50, 49)], [TALL_ONE]) == {}


def test_boxes_half_inside_an_ignored_region_are_neither_right_nor_wrong():
    crowd = Box(400, 380, 100, 200)
    label = Labeled([TALL_ONE], [crowd])
    assert precision([[TALL_ONE, NOWHERE]], [label]) == 1
    assert precision([[TALL_ONE, Box(376, 400, 50, 100)]], [label]) == 1  # 52 %
    assert precision([[TALL_ONE, Box(374, 400, 50, 100)]], [label]) == 0.5  # 48 %
    assert precision([[NOWHERE]], [label]) == 0  # nothing counted at all


def test_a_person_inside_an_ignored_region_counts_all_the_same():
    label = Labeled([NOWHERE], [Box(300, 300, 300, 300)])
    assert precision([[NOWHERE]], [label]) == recall([[NOWHERE]], [label]) == 1


def test_found_and_labeled_photos_must_be_as_many():
    for figure in (recall, precision):
        with pytest.raises(ValueError, match="zip"):
            figure([[], []], [Labeled([])])


def test_labels_of_a_set_tell_persons_from_what_is_to_be_ignored(tmp_path):
    poses = made_set(tmp_path, [(1, "a", "val", 2), (2, "a", "val", 3)], (60, 200))
    first, *rest = poses.samples
    poses = replace(poses, samples=(replace(first, ignore=True), *rest))
    assert Labeled.of(poses, 0) == Labeled([rest[0].box], [first.box])
    assert Labeled.of(poses, 1) == Labeled([person.box for person in rest[1:]], [])


def in_a_row(*scores):
    """One photo with a box of each score, far from one another."""
    return [[Box(200.0 * n, 0, 100, 200, score) for n, score in enumerate(scores)]]


def test_findings_are_boxes_of_all_scores_beside_the_labels(tmp_path):
    poses = made_set(tmp_path, [(1, "a", "val", 2), (2, "a", "val", 3)], (60, 200))
    persons = [[replace(poses.samples[i].box, score=0.5) for i in some] for some in poses.by_photo]
    findings = Findings.of([persons[0], [*persons[1][1:], scored(NOWHERE, 0.2)]], poses)
    assert findings.labels == [Labeled.of(poses, 0), Labeled.of(poses, 1)]
    assert findings.boxes == 5 and findings.tall == sum(person.box.h > TALL for person in poses.samples)
    assert findings.precision == 4 / 5 and findings.above(0.2).precision == 4 / 5
    assert findings.above(0.21).precision == 1 and findings.above(0.6).boxes == 0


def test_the_threshold_is_where_recall_and_precision_are_best_together():
    persons = [Labeled([Box(200.0 * n, 0, 100, 200) for n in range(3)])]
    # three persons, found with .9, .6 and .3; in the other photo the boxes below .4 are wrong
    asked, listed = Findings(in_a_row(0.9, 0.6, 0.3), persons), Findings(in_a_row(0.9, 0.6, 0.55, 0.35, 0.31), persons)
    assert asked.recall == 1 and asked.above(0.5).recall == 2 / 3
    assert 0.35 < best_threshold(asked, listed) <= 0.55
