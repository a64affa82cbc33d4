"""The bench "FAQ" without a browser: every question answered on an example and on a photo of one's own."""

from __future__ import annotations

import json
import math
import re
import subprocess
import sys

import numpy as np
import pytest
import torch

from apps import text
from apps.desk import Desk
from apps.model import Model
from apps.views import faq
from apps.views.faq import crop, machine, measures, subject
from hrnet import heatmap, image, metrics
from hrnet.geometry import OFFICIAL, UDP, Box, crop_affine, padded_sides
from hrnet.training.loss import joint_mse

NEED_TORCH = {"target_weights", "gflops"}


def told(share: float) -> None:
    assert 0 <= share <= 1


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    with Model() as model, pytest.MonkeyPatch.context() as patch:
        patch.setattr(machine, "LONGEST", 0)  # seconds: one run of every step is enough
        yield Desk(model, tmp_path_factory.mktemp("faq"))


def bring(desk, photo: np.ndarray) -> str:
    token, path = desk.place("me.png")
    image.write(path, photo)
    return token


@pytest.fixture(scope="module")
def own(desk):
    """A photo of which nobody knows the joints."""
    return bring(desk, desk.photo("example-gym"))


@pytest.fixture(scope="module")
def answers(desk):
    """Every question is answered once, on the default example."""
    made = {}

    def get(question: str) -> dict:
        if question not in made:
            made[question] = faq.answer(desk, {"ask": question}, told)
        return made[question]

    return get


@pytest.fixture(scope="module")
def someone(desk):
    return subject.subject(desk, faq.DEFAULT)


def cells(answer: dict, table: int = 0) -> list[list]:
    return [list(row) for row in answer["tables"][table]["cells"]]


def keys_of(answer: dict) -> list[tuple[str, dict]]:
    """Everything that the page says of an answer, with what fills its placeholders."""
    said = [(f"faq.{answer['ask']}.{answer['said']}", answer["values"])]
    said += [(shot["text"], shot["values"]) for shot in answer["pictures"]]
    words = [value for _, values in said for value in values.values()]
    for table in answer["tables"]:
        words += [*table["columns"], *(cell for row in table["cells"] for cell in row), table["title"]]
    for curves in answer["curves"]:
        words += [curves["x"], curves["y"], *(name for name, _ in curves["lines"])]
    words += [one["text"] for one in answer["published"]]
    return said + [(word, {}) for word in words if isinstance(word, str) and re.match(r"(faq|joint|column)\.", word)]


@pytest.mark.parametrize("question", faq.QUESTIONS)
@pytest.mark.parametrize("where", ["example", "own"])
def test_every_answer_is_plain_json_with_words_for_everything_and_pictures_that_are_there(
    desk, own, answers, question, where
):
    answer = answers(question) if where == "example" else faq.answer(desk, {"ask": question, "photo": own}, told)
    assert answer["ask"] == question
    json.dumps(answer, allow_nan=False)
    for language in text.LANGUAGES:
        words = text.catalogue(language)
        assert {f"faq.{question}.question", f"faq.{question}.text"} <= set(words)
        for key, values in keys_of(answer):
            assert set(re.findall(r"\{(\w+)\}", words[key])) <= set(values), key
    for shot in answer["pictures"]:
        made = desk.made(shot["url"].removeprefix("/pictures/"))
        assert image.read(made.content).shape == (shot["height"], shot["width"], 3)
    assert answer["pictures"] or answer["tables"] or answer["said"] in ("missed", "no_truth")


def test_nothing_but_the_published_loss_and_the_layers_needs_torch():
    code = f"""
import sys, tempfile, pathlib
from apps.desk import Desk
from apps.model import Model
from apps.views import faq
assert "numpy" in sys.modules and "apps.views.faq.crop" not in sys.modules
with Model() as model:
    desk = Desk(model, pathlib.Path(tempfile.mkdtemp()))
    for question in set(faq.QUESTIONS) - {NEED_TORCH!r} - {{"gpu"}}:
        faq.answer(desk, {{"ask": question}}, print)
assert "torch" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)


def test_what_is_not_a_question_is_refused_in_one_line(desk):
    for wrong in ("", "who am i", 3, None, ["padding"]):
        with pytest.raises(ValueError, match="ask is who or one of padding"):
            faq.answer(desk, {"ask": wrong}, told)
    for person in (-1, 4, True, 0.0, "1", None):
        with pytest.raises(ValueError, match="there are 4 people in this photo"):
            faq.answer(desk, {"ask": "padding", "person": person}, told)
    with pytest.raises(image.ImageError, match="choose it again"):
        faq.answer(desk, {"ask": "padding", "photo": "gone"}, told)


def test_who_is_in_an_example_is_known_exactly_the_largest_first(desk):
    who = faq.answer(desk, {"ask": "who"}, told)
    assert who["exact"] and who["found"] and len(who["people"]) == 4
    areas = [w * h for _, _, w, h in who["people"]]
    assert areas == sorted(areas, reverse=True)
    size = desk.model.estimator.topdown.metadata.input_size
    assert (who["network"]["rows"], who["network"]["columns"]) == size
    json.dumps(who, allow_nan=False)


def test_in_a_photo_of_ones_own_the_network_stands_for_the_truth(desk, own):
    assert not faq.answer(desk, {"ask": "who", "photo": own}, told)["exact"]
    someone = subject.subject(desk, own)
    assert someone.known.sum() >= subject.FEWEST
    np.testing.assert_allclose(someone.keypoints[:, :2], someone.predicted[:, :2], atol=1e-3)


def test_where_nobody_is_found_the_whole_photo_is_the_box(desk):
    token = bring(desk, np.full((120, 160, 3), 200, np.uint8))
    who = faq.answer(desk, {"ask": "who", "photo": token}, told)
    assert not who["found"] and who["people"] == [[0, 0, 1, 1]]
    assert faq.answer(desk, {"ask": "padding", "photo": token}, told)["tables"]


def test_another_person_gets_another_answer(desk, answers):
    other = faq.answer(desk, {"ask": "pixel_std", "person": 1}, told)
    assert cells(other) != cells(answers("pixel_std"))


def test_a_padding_below_the_usual_cuts_targets_off_and_one_above_makes_the_person_smaller(answers, someone):
    rows = np.array(cells(answers("padding")))
    assert (np.diff(rows[:, 1]) < 0).all() and (np.diff(rows[:, 3]) <= 0).all()
    tall = 100 * someone.box.h / padded_sides(someone.box, someone.metadata.input_size)[1]
    assert rows[crop.PADDINGS.index(1.25), 1] == pytest.approx(tall, rel=0.01)  # UDP counts one pixel less


def test_the_unit_of_200_pixels_falls_out_of_the_published_construction():
    box = Box(31.0, 17.0, 63.0, 211.0)
    sides = np.array(padded_sides(box, crop.PUBLISHED_SIZE))
    for unit in (1, 100, 200):
        made = crop.published_affine(np.array(box.center), sides / unit, unit).matrix
        np.testing.assert_allclose(made, crop_affine(box, crop.PUBLISHED_SIZE, OFFICIAL).matrix, atol=1e-4)


def test_shares_of_the_input_are_those_of_the_boxes(answers, someone):
    rows = {row[0]: row[2] for row in cells(answers("aspect"))}
    box = someone.box
    assert rows["256×256"] == pytest.approx(100 * box.w * box.h / (1.25 * max(box.w, box.h)) ** 2)


def test_bilinear_sampling_is_what_warp_does_but_for_rounding():
    rng = np.random.default_rng(2)
    photo = rng.integers(0, 256, (70, 90, 3), np.uint8)
    affine = crop_affine(Box(-10.0, 5.0, 60.0, 80.0), (64, 48), UDP)
    exact = crop.bilinear(photo, affine, (64, 48), fill=7)
    # OpenCV 5 rounds the values, OpenCV 4 the places too, to 1/32 pixel
    assert np.abs(exact - affine.warp(photo, (64, 48), fill=7)).max() <= 5
    corner = affine.inverse().apply(np.zeros(2))
    assert corner[0] < -1 and (exact[0, 0] == 7).all()


def test_the_own_rule_moves_nothing_and_another_one_does(answers, someone):
    rows = {name: (most, moved) for name, _, most, moved in cells(answers("rules"))}
    own = rows.pop(f"faq.rule.{someone.metadata.rule.family}")
    assert own == (0, 0.0) and all(moved > 0.5 for _, moved in rows.values())


def test_joints_of_the_half_that_was_cut_away_are_answered_too(answers, someone):
    answer = answers("half_person")
    rows = cells(answer)
    assert len(rows) == answer["values"]["joints"] == len(someone.skeleton)
    gone = [row[1] for row in rows if row[2] == "faq.half_person.gone"]
    assert answer["values"]["gone"] == len(gone) > 3
    assert answer["values"]["gone_drawn"] == sum(peak > 0.2 for peak in gone)


def test_names_that_trade_places_bring_the_mirrored_joints_back(answers):
    unswapped, swapped = cells(answers("sides"))
    assert swapped[1] < unswapped[1] / 2 and swapped[2] > unswapped[2]


def test_of_a_drawn_person_the_exact_box_is_compared_with_the_found_one(desk, answers, someone):
    answer = answers("given_or_found")
    assert [one["value"] for one in answer["published"]] == [76.5, 74.4]
    if answer["said"] == "computed":
        given, found = cells(answer)
        assert given[1] == 1.0 and 0.5 <= found[1] <= 1.0
        points = someone.predict(someone.photo, [someone.box])[0]
        assert given[3] == pytest.approx(someone.oks(points))


def test_rounded_targets_lose_what_no_decoder_brings_back_and_dark_reads_true_centers(answers):
    rows = {(target.rpartition(".")[2], kind.rpartition(".")[2]): mean for target, kind, mean, _, _ in
            cells(answers("quarter_size"))}  # fmt: skip
    assert rows["rounded", "argmax"] == rows["rounded", "quarter"]
    assert rows["unbiased", "argmax"] > rows["unbiased", "quarter"] > 0.3 and rows["unbiased", "dark"] < 0.01


def test_the_quarter_offset_halves_the_largest_error_of_the_highest_pixel(answers):
    lines = {name.rpartition(".")[2]: dict(points) for name, points in answers("quarter_offset")["curves"][0]["lines"]}
    assert lines["argmax"][2.0] == pytest.approx(2.0) and max(lines["argmax"].values()) == pytest.approx(2.0)
    assert max(lines["quarter"].values()) <= 1.0 and max(lines["dark"].values()) < 0.01


def test_a_target_adds_up_to_two_pi_sigma_squared(answers):
    for sigma, _, _, total, _, _ in cells(answers("sigma")):
        if 1 <= sigma <= 2:  # a narrower one is too coarse for it, a wider one reaches over the border
            assert total == pytest.approx(2 * math.pi * sigma**2, rel=0.01)


def test_too_narrow_and_too_wide_targets_are_read_worse_through_noise(answers):
    off = {row[0]: row[5] for row in cells(answers("sigma"))}
    assert off[2.0] < off[1.0] < off[0.5] and off[2.0] < off[6.0]


def test_only_through_the_inverse_map_the_heatmap_lies_where_it_belongs(answers):
    values = answers("overlay")["values"]
    assert values["right"] == "0" and float(values["photo"]) > 20


def test_the_mirror_is_three_quarters_off_without_the_shift_and_one_quarter_with_it_and_exact_under_udp(answers):
    off = [row[2] for row in cells(answers("flip_shift"))]
    np.testing.assert_allclose(off, [-0.75, 0.25, 0.0, 1.0], atol=1e-3)
    assert [one["value"] for one in answers("flip_shift")["published"]] == [72.0, 74.0, 67.4]


def test_exchanged_colors_move_the_joints(answers):
    right, wrong = cells(answers("color"))
    assert right[2] == 0 and wrong[2] > 1 and wrong[1] < right[1]


def test_peaks_are_listed_with_their_errors_where_these_are_known(desk, own, answers, someone):
    rows = cells(answers("score"))
    assert [row[1] for row in rows] == sorted((row[1] for row in rows), reverse=True)
    joint = someone.skeleton.index(rows[0][0].removeprefix("joint."))
    off = math.dist(someone.predicted[joint, :2], someone.keypoints[joint, :2])
    assert rows[0][3] == pytest.approx(off, rel=1e-4)
    unknown = faq.answer(desk, {"ask": "score", "photo": own}, told)
    assert unknown["said"] == "computed" and {row[3] for row in cells(unknown)} == {None}


def test_the_circle_of_a_joint_is_where_its_similarity_is_one_half():
    for sigma in (0.025, 0.107):
        far = np.array([[[measures.half_radius(5000.0, sigma), 0.0]]])
        assert metrics.oks(np.array([[0.0, 0.0, 1.0]]), far, 5000.0, [sigma]) == pytest.approx(0.5)


def test_curves_of_oks_fall_and_pck_is_a_step(answers):
    *joints, (_, step) = answers("oks")["curves"][0]["lines"]
    assert all((np.diff([y for _, y in points]) < 0).all() for _, points in joints)
    assert {y for _, y in step} == {0.0, 1.0}


def test_without_weights_the_loss_is_the_published_one_of_empty_targets(answers, someone):
    with_weights, without = cells(answers("target_weights"))
    assert with_weights[2] == with_weights[3] == 0.0 and without[2] > 0 and without[3] > 0
    labels = np.column_stack([someone.affine.apply(someone.keypoints)[:, :2], someone.known])
    hidden = [someone.skeleton.index(name) for name in measures.HIDDEN]
    labels[hidden, 2] = 0
    target, _ = heatmap.encode(labels, someone.crop.shape[:2])
    everything = torch.ones(1, len(target))
    loss = joint_mse(torch.tensor(someone.heatmaps[None]), torch.tensor(target[None]), everything)
    assert without[1] == pytest.approx(1e3 * loss.item(), rel=1e-5)


def test_time_is_measured_for_every_step_and_adds_up(answers):
    answer = answers("gpu")
    *steps, (name, total) = cells(answer)
    assert name == "faq.gpu.total" and total == pytest.approx(sum(spent for _, spent in steps))
    assert [name for name, _ in steps] == [f"faq.gpu.{step}" for step in ("find", "crop", "network", "decode")]
    assert all(each == pytest.approx(spent / count) for count, spent, each in cells(answer, 1))


def test_multiply_adds_are_7_6_billion_or_7_1_times_1024_cubed(answers):
    rows = {row[0]: row for row in cells(answers("gflops"))[1:]}
    assert rows["W32"][2] == 28.536113 and round(rows["W32"][3], 3) == 7.645 and round(rows["W32"][4], 1) == 7.1
    assert rows["W48"][2] == 63.595745 and round(rows["W48"][4], 1) == 14.6


def test_every_published_figure_names_where_it_stands():
    from apps.views.faq import published

    figures = [one for one in vars(published).values() if isinstance(one, published.Published)]
    assert len(figures) == 9 and all(re.search(r"/\S+, (README\.md|#\d+)$", one.where) for one in figures)
