"""When the finder runs, who is followed between, and for how long. The network and the finder are scripted."""

from types import SimpleNamespace

import numpy as np
import pytest
from made_clips import person, standing

from hrnet import COCO_17, Box
from hrnet.video import Follower

PHOTO = np.zeros((240, 640, 3), np.uint8)


class Script:
    """An estimator that knows the truth: `people[i]` are the poses of frame i, and `misses[i]` those unseen by the
    finder. A crop shows the pose nearest to the middle of its box, as a network would that looks at its middle."""

    skeleton = COCO_17

    def __init__(self, people, misses=None):
        self.people, self.misses, self.frame = people, misses or {}, -1
        self.looked, self.crops = [], []
        self.topdown = self.pose
        self.finder = self.find

    def frames(self, follow):
        for frame in range(len(self.people)):
            self.frame = frame
            yield follow(PHOTO, self.frame / 30)

    def find(self, photos):
        self.looked.append(self.frame)
        seen = [i for i in range(len(self.people[self.frame])) if i not in self.misses.get(self.frame, ())]
        return [[person(self.people[self.frame][i]).box for i in seen]]

    def pose(self, photos, boxes):
        self.crops.append(len(boxes[0]))
        here = self.people[self.frame]
        nothing = np.column_stack([np.zeros((17, 2)), np.full(17, 0.05)]).astype(np.float32)
        poses = []
        for box in boxes[0]:
            distance = [np.hypot(*np.subtract(person(pose).box.center, box.center)) for pose in here]
            near = len(here) and min(distance) < box.w
            poses.append(here[int(np.argmin(distance))] if near else nothing)
        return [np.array(poses).reshape(-1, 17, 3)]


def ids(people):
    return [someone.id for someone in people]


def test_the_finder_looks_at_every_fifth_frame_and_everybody_is_followed_between():
    script = Script([[standing(100 + 2 * i), standing(400 - 2 * i)] for i in range(16)])
    for i, people in enumerate(script.frames(Follower(script, every=5, smooth=False))):
        assert ids(people) == [1, 2]
        np.testing.assert_array_equal(people[0].keypoints, script.people[i][0])
    assert script.looked == [0, 5, 10, 15]
    assert script.crops == [2] * 16  # nobody is looked at twice


def test_the_finder_looks_again_where_somebody_was_lost():
    people = [[standing(100), standing(400)]] * 3 + [[standing(100)]] * 6
    script = Script(people)
    seen = [ids(someone) for someone in script.frames(Follower(script, smooth=False))]
    assert script.looked == [0, 4]  # frame 3 lost one; from the look in frame 4 it is five frames to the next
    assert seen[2] == [1, 2] and seen[4:] == [[1]] * 5


def test_the_finder_looks_again_where_somebody_becomes_unsure_but_only_once():
    script = Script([[standing(100)]] * 2 + [[standing(100, score=0.3)]] * 5)
    list(script.frames(Follower(script, every=50, smooth=False)))
    assert script.looked == [0, 3]


def test_who_is_missed_by_the_finder_is_followed_for_a_second():
    script = Script([[standing(100)]] * 60, {i: (0,) for i in range(1, 60)})
    seen = [len(people) for people in script.frames(Follower(script, every=5, smooth=False))]
    assert seen[:31] == [1] * 31 and seen[36:] == [0] * 24


def test_ids_hold_through_a_crossing_where_the_finder_sees_one_of_two():
    people = [[standing(100 + 5 * i), standing(400 - 5 * i)] for i in range(60)]
    script = Script(people, {i: (1,) for i in range(60) if abs(300 - 10 * i) < 60})
    for i, named in enumerate(script.frames(Follower(script, every=3, smooth=False))):
        for someone in named:
            assert someone.keypoints[0, 0] == people[i][someone.id - 1][0, 0]
    assert ids(named) == [1, 2]


def test_a_body_with_two_boxes_is_one_person():
    people = [[standing(100 + i), standing(103 + i, 24)] for i in range(20)]  # a second look at the same body
    script = Script(people)
    for named in script.frames(Follower(script, smooth=False)):
        assert ids(named) == [1]


def test_the_box_is_that_of_the_clear_joints_with_few_of_them_that_of_the_crop():
    script = Script([[standing(100)]])
    (shown,) = next(script.frames(Follower(script, smooth=False)))
    expected = Box.around(standing(100), 0.125)
    np.testing.assert_allclose(shown.box.xywh, expected.xywh, rtol=1e-5)
    half = standing(100)
    half[5:, 2] = 0.25
    script = Script([[half]])
    (shown,) = next(script.frames(Follower(script, smooth=False)))
    np.testing.assert_allclose(shown.box.xywh, person(half).box.xywh)


def test_smoothing_can_be_switched_off():
    shaky = [[standing(100 + 4 * (i % 2))] for i in range(10)]
    for smooth in (False, True):
        script = Script(shaky)
        xs = [people[0].keypoints[0, 0] for people in script.frames(Follower(script, smooth=smooth))]
        assert (np.ptp(xs[4:]) < 3) == smooth


def test_an_empty_clip_has_nobody():
    script = Script([[]] * 7)
    assert list(script.frames(Follower(script))) == [[]] * 7
    assert script.looked == [0, 5]


def test_what_cannot_work_is_refused():
    with pytest.raises(ValueError, match="person finder"):
        Follower(SimpleNamespace(finder=None, skeleton=COCO_17))
    with pytest.raises(ValueError, match="every 0"):
        Follower(Script([]), every=0)
