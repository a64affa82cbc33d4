"""What the page of the lessons is told, without a front end."""

from __future__ import annotations

import json

import numpy as np
import pytest

import hrnet
from apps import text
from apps.views import lesson
from hrnet import heatmap, metrics
from hrnet.geometry import OFFICIAL, Box, crop_affine
from hrnet.places import cuts
from hrnet.skeleton import COCO_17
from lessons import words
from lessons.catalogue import entries
from lessons.frame import Verdict

PERSON = [40, 20, 80, 110]
EVERY_STEP = [(number, step.name) for number, one in entries().items() for step in one.lesson.steps]


class Model:
    """Answers at once, in the thread that asks."""

    def __init__(self, weights: str) -> None:
        self.weights = weights
        self.estimator = hrnet.load(weights, finder=None)

    def ask(self, read, show):
        ask = read()
        (people,) = self.estimator.batch([ask])
        return show(self.estimator, ask.photo, people)


@pytest.fixture(scope="module")
def model(pose_file):
    return Model(pose_file)


@pytest.fixture
def tell(desk, model):
    """Asks as the page does; what comes back has to be plain JSON."""
    desk.model = model

    def question(kind: str, number: int = 1, **values: object) -> dict:
        asked = {"ask": kind, "lesson": number, "language": "en", "photo": "one", "person": PERSON, **values}
        return json.loads(json.dumps(lesson.answer(desk, asked, lambda share: None), allow_nan=False))

    question.desk = desk
    return question


def start(number: int, step: str, **more: object) -> dict:
    """The state in which a step is entered."""
    one, state = entries()[number].lesson, {}
    for each in one.steps:
        state |= each.start
        if each.name == step:
            return one.toy.checked({**state, **more})
    raise KeyError(step)


# ---- texts -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", words.LANGUAGES)
def test_the_list_has_every_lesson_in_the_language(tell, language):
    listed = tell("list", language=language)["lessons"]
    assert [one["number"] for one in listed] == list(entries())
    assert [one["title"] for one in listed] == [one.texts(language)["title"] for one in entries().values()]


@pytest.mark.parametrize("number", entries())
def test_a_lesson_comes_whole_but_without_its_answers(tell, number):
    told, one = tell("lesson", number), entries()[number]
    assert [step["name"] for step in told["steps"]] == [step.name for step in one.lesson.steps]
    content = json.dumps(told, ensure_ascii=False)
    for key, said in one.texts("en").items():
        if key.rpartition(".")[2] == "right" or ".wrong." in key or ".outcome." in key:
            first = words.paragraphs(said)[0][0]["text"]
            assert len(first) < 12 or first not in content, key


@pytest.mark.parametrize(("number", "step"), EVERY_STEP)
def test_sources_are_those_of_the_step(tell, number, step):
    told = tell("source", number, step=step)["sources"]
    wanted = entries()[number].lesson.step(step).sources
    assert [one["name"] for one in told] == [source.name for source in wanted]
    for one, source in zip(told, wanted, strict=True):
        lit = {part for line in one["lines"] for part in line["parts"]}
        assert lit == set(source.lights)
        assert "\n".join(line["text"] for line in one["lines"]) == source.read()["code"]


# ---- the toys --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("number", "step"), EVERY_STEP)
def test_every_step_can_be_shown_as_it_is_entered(tell, number, step):
    state = start(number, step)
    told = tell("toy", number, state=state)
    assert told["toy"] == entries()[number].lesson.toy.name
    assert told["state"] == json.loads(json.dumps(state))


def test_the_crop_is_that_of_the_library_with_any_padding(tell):
    box = Box(48, 31, 64, 66)
    for padding in (1.0, 1.25, 1.6):
        told = tell("toy", 1, state={"box": [0.1, 0.1, 0.8, 0.6], "padding": padding})
        affine = crop_affine(box, (128, 96), OFFICIAL, scale=padding / 1.25)
        np.testing.assert_allclose(told["matrix"], affine.matrix)
        x, y, w, h = told["padded"]
        corners = affine.apply(np.array([[x, y], [x + w, y + h]]))
        np.testing.assert_allclose(corners, [[0, 0], [96, 128]], atol=1e-4)


def test_the_joints_are_what_the_network_answers_for_the_padded_box(tell, model):
    photo = tell.desk.photos["one"]
    told = tell("toy", 1, state={"padding": 1.25})
    (person,) = model.estimator(photo, boxes=[PERSON])
    np.testing.assert_allclose(told["joints"], person.keypoints, rtol=1e-5)
    assert told["score"] == pytest.approx(person.keypoints[:, 2].mean(), rel=1e-5) and told["moved"] < 1e-3
    wider = tell("toy", 1, state={"padding": 1.6})
    (person,) = model.estimator(photo, boxes=[Box(40 + 40 - 51.2, 20 + 55 - 70.4, 102.4, 140.8)])
    np.testing.assert_allclose(wider["joints"], person.keypoints, rtol=1e-4)
    assert wider["moved"] > 0


@pytest.mark.parametrize("state", [{"size": "256x192"}, {"fit": "stretch"}])
def test_no_joints_are_shown_in_a_crop_that_the_network_does_not_read(tell, state):
    told = tell("toy", 1, state=state)
    assert told["joints"] is None and told["score"] is None


def test_a_stretched_crop_holds_the_padded_box_exactly(tell):
    told = tell("toy", 1, state={"box": [0, 0, 1, 0.3], "fit": "stretch"})
    assert told["padded"][2:] == pytest.approx([100, 41.25])
    (a, _, _), (_, d, _) = told["matrix"]
    assert (a * 100, d * 41.25) == pytest.approx((96, 128))


@pytest.mark.parametrize("names", ["swapped", "kept"])
def test_the_mirrored_answers_are_those_of_the_flip_test(tell, model, names):
    told = tell("toy", 4, state={"joint": 7, "names": names, "formula": "width"})
    topdown = model.estimator.topdown
    crop, _ = topdown.crop([tell.desk.photos["one"]], [Box(*PERSON)])
    own, mirrored = topdown.heatmaps(np.concatenate([crop, crop[:, :, ::-1]]))
    back = heatmap.flip_back(mirrored[None], COCO_17, topdown.metadata.rule.flip_shift)[0]
    joint = 7 if names == "swapped" else 8
    expected = [own[7].max(), back[joint].max(), ((own[7] + back[joint]) / 2).max()]
    assert told["maps"]["max"] == pytest.approx(expected, abs=1e-5) and len(set(expected)) == 3
    row = np.array(told["joints"])[COCO_17.mirror if names == "swapped" else range(17)]
    np.testing.assert_allclose(told["carried"], np.column_stack([192 - row[:, 0], row[:, 1]]), atol=1e-3)
    assert told["order"] == COCO_17.mirror.tolist()


def test_the_answer_that_the_hand_makes_costs_what_training_says(tell):
    told = tell("toy", 9, state={"joint": 3, "shift": [2.0, -1.0], "height": 0.7})
    x, y = np.clip(np.floor(np.array(told["joints"][3][:2]) / 4 + 0.5), 10, [37, 53])
    off_x, off_y = np.arange(48), np.arange(64)[:, None]
    target = np.exp(-((off_x - x) ** 2 + (off_y - y) ** 2) / 8) * (np.maximum(abs(off_x - x), abs(off_y - y)) <= 6)
    answer = 0.7 * np.exp(-((off_x - x - 2) ** 2 + (off_y - y + 1) ** 2) / 8)
    assert told["cost"] == pytest.approx(np.square(answer - target).mean() / 2, rel=1e-4)


def test_the_measured_pose_is_that_of_the_library(tell, model):
    offsets = np.random.default_rng(3).normal(0, 8, (17, 2)).round(1)
    labels = np.column_stack([np.zeros((17, 2)), np.arange(17) < 11])
    state = {"offsets": offsets.ravel().tolist(), "person_size": 120, "labels": "upper"}
    told = tell("toy", 12, state=state)
    assert told["oks"] == pytest.approx(float(metrics.oks(labels, offsets[None], 120.0**2, COCO_17.sigmas)[0]))
    affine = crop_affine(Box(*PERSON), (256, 192), OFFICIAL)
    (person,) = model.estimator(tell.desk.photos["one"], boxes=[PERSON])
    np.testing.assert_allclose(np.array(told["joints"])[:, :2], affine.apply(person.keypoints[:, :2]), rtol=1e-4)
    corners = affine.apply(np.array([[0.0, 0.0], [80.0, 110.0]]))
    assert told["unit"] == pytest.approx(np.sqrt(0.53 * np.ptp(corners, axis=0).prod()))


def test_the_target_and_the_way_back_are_the_librarys(tell):
    told = tell("toy", 5, state={"point": [101.3, 66.2], "sigma": 3.0, "kind": "unbiased", "decoder": "dark"})
    target, weights = heatmap.encode(np.array([[101.3, 66.2, 1]]), (256, 192), 3.0, "unbiased")
    assert told["target"]["sum"] == pytest.approx(float(target.sum()))
    assert told["target"]["peak"] == pytest.approx(float(target.max()))
    assert told["target"]["weight"] == weights[0]
    x, y, _ = heatmap.decode(target[None], "dark")[0, 0]
    assert told["target"]["decoded"] == pytest.approx([4 * x, 4 * y])


def test_joints_lie_in_the_crop_where_the_crop_shows_them(tell, model):
    told = tell("toy", 5)
    (person,) = model.estimator(tell.desk.photos["one"], boxes=[PERSON])
    expected = crop_affine(Box(*PERSON), (256, 192), OFFICIAL).apply(person.keypoints)
    np.testing.assert_allclose(told["joints"], expected, rtol=1e-4, atol=1e-2)
    assert len(told["maps"]["max"]) == 17


def test_the_terms_add_up_to_the_sum_and_only_positive_values_leave(tell):
    told = tell("toy", 7, state={"target": 1, "channel": 3})
    *terms, total, leaves = np.array(told["terms"]["numbers"])
    assert len(terms) == 4 and told["terms"]["target"] == 1 and told["terms"]["channel"] == 3
    np.testing.assert_allclose(np.sum(terms, axis=0), total, atol=3e-4)
    np.testing.assert_allclose(np.maximum(total, 0), leaves, atol=1e-4)


def test_nothing_changes_where_nothing_is_muted(tell):
    told = tell("toy", 7)
    assert not any(out["changed"] for out in told["outs"])
    assert told["answer"]["moved"] == [0.0] * 17 and len(told["edges"]) == 16


def test_muting_the_coarsest_row_changes_all_four_as_the_lesson_says(tell):
    told = tell("toy", 7, state=start(7, "mute"))
    assert [out["changed"] for out in told["outs"]] == [True] * 4
    assert {edge["edge"] for edge in told["edges"] if edge["cut"]} == set(start(7, "mute")["cut"])
    assert not np.array(told["terms"]["numbers"])[3].any()
    assert max(told["answer"]["moved"]) > 0


def test_muting_one_arrow_changes_its_target_alone(tell):
    told = tell("toy", 7, state={"cut": ["stage4.unit0.edge.0-2"]})
    assert [out["changed"] for out in told["outs"]] == [False, False, True, False]


def test_the_last_unit_is_found_by_what_it_is_and_has_four_arrows(tell):
    told = tell("toy", 7, state={"unit": "stage4.last", "cut": ["stage4.last.edge.3-0"]})
    assert told["unit"] == "stage4.unit1"
    assert [edge["edge"] for edge in told["edges"]] == [f"stage4.unit1.edge.{i}-0" for i in range(4)]
    assert [edge["cut"] for edge in told["edges"]] == [False, False, False, True]
    assert len(told["outs"]) == 1


def test_joints_before_and_after_are_in_pixels_of_the_crop(tell):
    told = tell("toy", 7, state={"cut": ["stage4.last.edge.0-0"]})["answer"]
    before, after = np.array(told["before"])[:, :2], np.array(told["after"])[:, :2]
    assert (after > -4).all() and (after < [100, 132]).all()
    scale = crop_affine(Box(*PERSON), (128, 96), OFFICIAL).matrix[0, 0]
    np.testing.assert_allclose(np.hypot(*(after - before).T) / scale, told["moved"], atol=1e-2)


# ---- answers ---------------------------------------------------------------------------------------------------------


def text_of(told: dict) -> str:
    return "".join(run["text"] for runs in told["text"] for run in runs)


def explained(number: int, key: str, language: str = "en", **values: object) -> str:
    return "".join(
        run["text"]
        for runs in words.paragraphs(words.filled(entries()[number].texts(language)[key], values))
        for run in runs
    )


@pytest.mark.parametrize("language", words.LANGUAGES)
def test_a_wrong_option_gets_its_own_explanation(tell, language):
    for option in ("photo", "box"):
        told = tell("predict", step="whole", answer=option, state={}, language=language)
        assert not told["right"] and told["truth"] == "crop"
        assert text_of(told) == explained(1, f"whole.wrong.{option}", language)
    assert tell("predict", step="whole", answer="crop", state={})["right"]


def test_a_point_is_judged_on_the_learners_own_photo(tell):
    state = start(1, "grow")
    first = tell("predict", step="grow", answer=[80, 149], state=state)
    assert not first["right"]
    again = tell("predict", step="grow", answer=first["truth"], state=state)
    assert again["right"] and text_of(again) == explained(1, "grow.right", off=0.0)
    moved = tell("predict", step="grow", answer=first["truth"], state=state, person=[100, 20, 30, 60])
    assert moved["truth"] != first["truth"]


def test_what_is_missed_more_is_measured_on_the_photo(tell):
    options = ("finest", "coarsest", "equal")
    told = {option: tell("predict", 7, step="needed", answer=option, state=start(7, "needed")) for option in options}
    assert [option for option, one in told.items() if one["right"]] == [told["equal"]["truth"]]
    moved = {
        option: np.mean(tell("toy", 7, state={"cut": [f"stage4.last.edge.{i}-0"]})["answer"]["moved"])
        for option, i in (("finest", 0), ("coarsest", 3))
    }
    key = "right" if told["finest"]["right"] else "wrong.finest"
    assert text_of(told["finest"]) == explained(7, f"needed.{key}", **moved)


def test_a_task_says_what_is_missing_and_then_that_it_is_solved(tell):
    state = start(5, "task")
    assert text_of(tell("task", 5, step="task", state=state)).startswith("0.00 crop pixels only")
    done = tell("task", 5, step="task", state={**state, "point": [98, 130]})
    assert done["right"] and "2.83" in text_of(done)


def test_the_task_of_lesson_7_is_solved_by_exactly_one_arrow(tell):
    state = start(7, "task")
    right = [
        tell("task", 7, step="task", state={**state, "cut": [f"stage4.last.edge.{i}-0"]})["right"] for i in range(4)
    ]
    assert right.count(True) == 1


@pytest.mark.parametrize("language", words.LANGUAGES)
def test_a_joint_is_named_in_the_visitors_language(language):
    one = entries()[1]
    verdict = Verdict(False, "outcome.outside", {"count": 2, "joint": "left_wrist"})
    name = text.catalogue(language)["joint.left_wrist"]
    assert name != "left_wrist" and name in text_of(lesson._judged(one, one.lesson.step("task"), verdict, language))


# ---- questions that cannot be answered -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "values", "line"),
    [
        ("dance", {}, "ask is one of list, lesson"),
        (None, {}, "ask is one of"),
        ("lesson", {"lesson": 99}, "there are the lessons 1, 4, 5, 7, 9, 12, got 99"),
        ("lesson", {"lesson": "1"}, "there are the lessons"),
        ("lesson", {"language": "fr"}, "language is one of en, zh"),
        ("source", {"step": "nowhere"}, "this lesson has the steps whole, grow"),
        ("toy", {"photo": None}, "needs a photo"),
        ("toy", {"photo": "gone"}, "no longer here"),
        ("toy", {"person": [1, 2, 3]}, "person is"),
        ("toy", {"person": [1, 2, 3, "4"]}, "person is"),
        ("toy", {"person": [0, 0, 0, 10]}, "a box is x, y, width, height"),
        ("toy", {"person": [0, 0, 1e12, 10]}, "person is"),
        ("toy", {"state": []}, "the state of the controls is an object"),
        ("toy", {"state": {"padding": 9}}, "padding is a number from 1.0 to 1.6"),
        ("toy", {"state": {"padding": True}}, "padding is a number"),
        ("toy", {"state": {"fit": "squeeze"}}, "fit is one of grow, stretch"),
        ("toy", {"state": {"fit": []}}, "fit is one of"),
        ("toy", {"state": {"box": [0, 0, 1]}}, "box is 4 numbers"),
        ("toy", {"state": {"box": [50, 50, 1, 1]}}, "outside of the photo"),
        ("toy", {"state": {"box": [0, 0, -1, 1]}}, "a box is x, y, width, height"),
        ("toy", {"lesson": 7, "state": {"cut": ["stage9"]}}, "no place 'stage9'"),
        ("toy", {"lesson": 7, "state": {"cut": "stage4.unit0"}}, "cut is a list"),
        ("toy", {"lesson": 7, "state": {"cut": ["stage4.unit0"] * 99}}, "cut is a list of up to 40 names"),
        ("predict", {"step": "task"}, "asks nothing"),
        ("predict", {"step": "whole", "answer": "all"}, "the answer is one of photo, box, crop"),
        ("predict", {"step": "whole", "answer": ["crop"]}, "the answer is one of"),
        ("task", {"step": "whole"}, "has no task"),
    ],
)
def test_a_wrong_question_gets_one_clear_line(tell, kind, values, line):
    with pytest.raises(ValueError) as caught:
        tell(kind, **{"number": 1, **{("number" if k == "lesson" else k): v for k, v in values.items()}})
    assert line in str(caught.value) and "\n" not in str(caught.value)


def test_what_a_lesson_mutes_can_be_muted_in_every_network():
    for spec in (hrnet.W48, hrnet.W32, hrnet.W8):
        for step in entries()[7].lesson.steps:
            for change in (step.start, *step.presets.values()):
                last = f"stage4.unit{spec.modules[2] - 1}"
                names = [name.replace("stage4.last", last) for name in change.get("cut", ())]
                assert not names or set(cuts(spec, names)) == set(names)
