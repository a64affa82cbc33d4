"""The judge is pycocotools; where it cannot judge, a slow loop written from the definition."""

from __future__ import annotations

import copy
import gzip
import json
import math
import time
from types import SimpleNamespace

import numpy as np
import pytest

from hrnet.metrics import evaluate, evaluate_crowdpose, oks, oks_nms, rescore, soft_oks_nms
from hrnet.skeleton import COCO_17

NAMES = ["AP", "AP50", "AP75", "AP-M", "AP-L", "AR", "AR50", "AR75", "AR-M", "AR-L"]


@pytest.fixture(scope="module")
def published(golden):
    return SimpleNamespace(
        truth=json.loads((golden / "coco_gt.json").read_text()),
        results=json.loads((golden / "coco_dt.json").read_text()),
        stats=json.loads((golden / "coco_stats.json").read_text()),
    )


@pytest.fixture
def small(made_up):
    return made_up(np.random.default_rng(0), images=6, detections=3)


def test_the_ten_figures_equal_the_published_ones_in_every_digit(golden, published):
    figures = evaluate(golden / "coco_gt.json", golden / "coco_dt.json")
    assert list(figures) == NAMES
    assert list(figures.values()) == published.stats["stats"]


def test_own_sigmas_give_the_published_figures_for_those_sigmas(published):
    figures = evaluate(published.truth, published.results, [0.05] * 17)
    assert list(figures.values()) == published.stats["stats_sigma_all_0_05"]


def test_the_ground_truth_itself_scores_one_everywhere(published):
    labelled = [a for a in published.truth["annotations"] if a["num_keypoints"]]
    copies = [{key: a[key] for key in ("image_id", "category_id", "keypoints")} | {"score": 1.0} for a in labelled]
    assert list(evaluate(published.truth, copies).values()) == published.stats["stats_perfect"] == [1.0] * 10


@pytest.mark.parametrize(
    ("seed", "settings"),
    [
        (1, {}),
        (2, {"digits": 1}),  # ten different scores: nearly all are tied
        (3, {"digits": 1, "images": 30}),
        (4, {"detections": 3}),  # images with people where nothing was found
        (5, {"detections": 30}),  # more than the twenty that count
        (6, {"categories": 3}),
        (7, {"categories": 40, "images": 20, "digits": 2}),  # categories nobody is in
        (8, {"joints": 4}),
        (9, {"joints": 1, "digits": 1}),
        (10, {"joints": 21, "categories": 2}),
    ],
)
def test_a_made_up_set_gets_pycocotools_figures_in_every_digit(made_up, judge, seed, settings):
    rng = np.random.default_rng(seed)
    truth, results = made_up(rng, **settings)
    joints = settings.get("joints", 17)
    sigmas = None if joints == 17 else rng.uniform(0.02, 0.12, joints)
    figures = list(evaluate(truth, results, sigmas).values())
    assert np.array_equal(figures, judge(truth, results, sigmas))
    assert 0 < figures[0] < 1


def test_results_with_boxes_take_their_area_from_the_boxes_as_in_pycocotools(made_up, judge):
    rng = np.random.default_rng(11)
    truth, results = made_up(rng)
    boxed = [{**result, "bbox": [0, 0, *rng.uniform(10, 200, 2).tolist()]} for result in results]
    assert np.array_equal(list(evaluate(truth, boxed).values()), judge(truth, boxed))
    assert evaluate(truth, boxed)["AP-M"] != evaluate(truth, results)["AP-M"]


def test_four_joints_are_judged_as_the_definition_says(made_up):
    sigmas = [0.1, 0.05, 0.08, 0.03]
    truth, results = made_up(np.random.default_rng(12), joints=4, images=12)
    figures = evaluate(truth, results, sigmas)
    everyone, medium = (0, 1e10), (1024, 9216)
    plain = [plain_curve(truth, results, sigmas, threshold, everyone) for threshold in np.arange(50, 100, 5) / 100]
    assert figures["AP"] == pytest.approx(np.mean([precision for precision, _ in plain]), abs=1e-12)
    assert figures["AR"] == pytest.approx(np.mean([recall for _, recall in plain]), abs=1e-12)
    assert (figures["AP50"], figures["AR50"]) == pytest.approx(plain[0], abs=1e-12)
    plain = [plain_curve(truth, results, sigmas, threshold, medium) for threshold in np.arange(50, 100, 5) / 100]
    assert figures["AP-M"] == pytest.approx(np.mean([precision for precision, _ in plain]), abs=1e-12)


def plain_curve(truth, results, sigmas, threshold, size):
    """Average precision and recall at one threshold, image by image and person by person."""
    outcomes, total = [], 0  # (score, found) of the detections that count
    for image in sorted(image["id"] for image in truth["images"]):
        people = [copy.deepcopy(a) for a in truth["annotations"] if a["image_id"] == image]
        for person in people:
            outside = not size[0] <= person["area"] <= size[1]
            person["ignored"] = bool(person["iscrowd"]) or person["num_keypoints"] == 0 or outside
            person["taken"] = False
        total += sum(not person["ignored"] for person in people)
        found = [result for result in results if result["image_id"] == image]
        for result in sorted(found, key=lambda result: -result["score"])[:20]:
            choice, best = None, None
            for person in people:
                value = plain_similarity(person, result, sigmas)
                if value < threshold or (person["taken"] and not person["iscrowd"]):
                    continue
                if best is None or (not person["ignored"], value) >= best:
                    choice, best = person, (not person["ignored"], value)
            x, y = result["keypoints"][0::3], result["keypoints"][1::3]
            area = (max(x) - min(x)) * (max(y) - min(y))
            if choice is not None:
                choice["taken"] = True
                if not choice["ignored"]:
                    outcomes.append((result["score"], True))
            elif size[0] <= area <= size[1]:
                outcomes.append((result["score"], False))
    outcomes.sort(key=lambda outcome: -outcome[0])
    right, points = 0, []  # (recall, precision) after each detection
    for place, (_, hit) in enumerate(outcomes):
        right += hit
        points.append((right / total, right / (place + 1)))
    read = [max((p for r, p in points if r >= recall), default=0) for recall in np.linspace(0, 1, 101)]
    return float(np.mean(read)), right / total


def plain_similarity(person, result, sigmas):
    x, y, w, h = person["bbox"]
    marked, found = person["keypoints"], result["keypoints"]
    terms = []
    for joint, sigma in enumerate(sigmas):
        (xa, ya, v), (xb, yb) = marked[3 * joint : 3 * joint + 3], found[3 * joint : 3 * joint + 2]
        dx, dy = xb - xa, yb - ya
        if not any(marked[2::3]):
            dx, dy = max(0, x - w - xb, xb - x - 2 * w), max(0, y - h - yb, yb - y - 2 * h)
        elif v == 0:
            continue
        terms.append(math.exp(-(dx * dx + dy * dy) / (2 * (person["area"] + 2**-52) * (2 * sigma) ** 2)))
    return sum(terms) / len(terms)


def test_an_annotation_of_id_0_counts_like_any_other(small):
    truth, results = small
    renumbered = copy.deepcopy(truth)
    for annotation in renumbered["annotations"]:
        annotation["id"] -= 1
    assert evaluate(renumbered, results) == evaluate(truth, results)


def test_finding_nobody_is_a_score_of_zero_and_not_an_error(published):
    figures = evaluate(published.truth, [])
    assert list(figures.values()) == [0.0] * 10


def test_a_size_nobody_has_is_minus_one(published):
    truth = copy.deepcopy(published.truth)
    for annotation in truth["annotations"]:
        annotation["area"] = 100.0  # neither medium nor large
    figures = evaluate(truth, published.results)
    assert [name for name, value in figures.items() if value == -1] == ["AP-M", "AP-L", "AR-M", "AR-L"]


def test_only_listed_images_and_categories_are_judged(made_up):
    truth, results = made_up(np.random.default_rng(13), images=20, categories=2)
    kept = {image["id"] for image in truth["images"][:15]}
    smaller = {
        "images": truth["images"][:15],
        "categories": truth["categories"][:1],
        "annotations": [a for a in truth["annotations"] if a["image_id"] in kept and a["category_id"] == 1],
    }
    results = [result for result in results if result["image_id"] in kept]
    listed = {**truth, "images": truth["images"][:15], "categories": truth["categories"][:1]}
    assert evaluate(listed, results) == evaluate(smaller, results)


def test_image_names_serve_as_ids(small):
    truth, results = copy.deepcopy(small)
    for record in (*truth["annotations"], *results):
        record["image_id"] = f"photo {record['image_id']:05}"
    for image in truth["images"]:
        image["id"] = f"photo {image['id']:05}"
    assert evaluate(truth, results) == evaluate(*small)


def test_counts_and_crowd_marks_that_are_left_out_are_read_from_the_keypoints(published):
    truth = copy.deepcopy(published.truth)
    for annotation in truth["annotations"]:
        del annotation["num_keypoints"]
        if not annotation["iscrowd"]:
            del annotation["iscrowd"]
    assert list(evaluate(truth, published.results).values()) == published.stats["stats"]


def test_nothing_that_is_passed_in_is_changed(small):
    before = copy.deepcopy(small)
    evaluate(*small)
    assert small == before


def test_a_packed_file_reads_like_an_open_one(tmp_path, published):
    packed = tmp_path / "truth.json.gz"
    packed.write_bytes(gzip.compress(json.dumps(published.truth).encode()))
    assert list(evaluate(str(packed), published.results).values()) == published.stats["stats"]


@pytest.mark.parametrize("data", [b"{", b"", b"\xff\xfe", b"\x1f\x8b broken", gzip.compress(b"{}" * 99)[:-12]])
def test_a_damaged_file_is_named_in_one_line(tmp_path, data):
    path = tmp_path / "results.json"
    path.write_bytes(data)
    with pytest.raises(ValueError, match=r"results\.json is not a readable JSON file: .+") as caught:
        evaluate({"images": [], "annotations": []}, path)
    assert "\n" not in str(caught.value)


def change(key, value):
    """An edit of the first record in a list."""
    return lambda records: [{**records[0], key: value}, *records[1:]]


def drop(key):
    return lambda records: [{k: v for k, v in records[0].items() if k != key}, *records[1:]]


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (change("image_id", 999), r"detections\[0\] is on image 999, which is not among the 6 images"),
        (change("keypoints", [1.0] * 12), r"detections\[0\]: keypoints must be 51 finite numbers .+ of length 12"),
        (change("keypoints", None), r"detections\[0\]: keypoints must be 51 finite numbers .+ got None"),
        (change("score", float("nan")), r"detections\[0\]: score must be a finite number, got nan"),
        (change("score", "high"), r"detections\[0\]: score must be a finite number, got 'high'"),
        (change("score", 10**400), r"detections\[0\]: score must be a finite number"),
        (drop("score"), r"detections\[0\] has no 'score'"),
        (drop("category_id"), r"detections\[0\] has no 'category_id'"),
        (lambda records: [3, *records], r"detections\[0\] has no 'image_id'"),
        (lambda records: {"annotations": records}, "detections must be a list of COCO results .+, got dict"),
        (lambda records: None, "detections must be a list of COCO results .+, got NoneType"),
    ],
)
def test_broken_detections_are_answered_in_one_line(small, edit, message):
    truth, results = small
    with pytest.raises(ValueError, match=message) as caught:
        evaluate(truth, edit(results))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("key", "edit", "message"),
    [
        ("annotations", lambda records: [], "the ground truth has no annotations"),
        ("images", lambda records: [], "the ground truth has no images"),
        ("annotations", drop("area"), r"annotations\[0\] has no 'area'"),
        (
            "annotations",
            change("bbox", [1, 2]),
            r"annotations\[0\]: bbox must be 4 finite numbers, got \[1, 2\], of length 2",
        ),
        ("annotations", change("keypoints", [1, 2, 2] * 4), r"annotations\[0\]: keypoints must be 51 .+ of length 12"),
        ("images", change("id", "x"), "ids must be all numbers or all strings"),
        ("images", lambda records: [{"id": -1}], "none of the annotations is on a listed image"),
    ],
)
def test_a_broken_ground_truth_is_answered_in_one_line(small, key, edit, message):
    truth, results = small
    with pytest.raises(ValueError, match=message) as caught:
        evaluate({**truth, key: edit(truth[key])}, results)
    assert "\n" not in str(caught.value)


def test_sigmas_for_another_skeleton_are_answered_with_both_numbers(small):
    with pytest.raises(ValueError, match=r"annotations\[0\]: keypoints must be 12 finite numbers .+ of length 51"):
        evaluate(*small, sigmas=[0.05] * 4)


def test_a_list_in_place_of_the_ground_truth_is_named(small):
    with pytest.raises(ValueError, match="the ground truth must be a COCO dict .+, got list"):
        evaluate(small[1], small[1])


def test_similarities_are_the_published_ones(published):
    by_image = published.stats["oks_per_image_dt_by_score_desc_x_gt"]
    compared = 0
    for image, table in by_image.items():
        people = [a for a in published.truth["annotations"] if a["image_id"] == int(image)]
        found = sorted(
            (r for r in published.results if r["image_id"] == int(image)), key=lambda result: -result["score"]
        )
        for column, person in enumerate(people):
            if person["num_keypoints"] and table:
                poses = np.reshape([result["keypoints"] for result in found], (-1, 17, 3))
                values = oks(np.reshape(person["keypoints"], (17, 3)), poses, person["area"], COCO_17.sigmas)
                np.testing.assert_allclose(values, np.array(table)[:, column], rtol=1e-12)
                compared += len(values)
    assert compared == sum(
        len(table) * sum(a["num_keypoints"] > 0 for a in published.truth["annotations"] if a["image_id"] == int(image))
        for image, table in by_image.items()
    )
    assert compared > 30


@pytest.mark.parametrize(("kind", "nms"), [("hard", oks_nms), ("soft", soft_oks_nms)])
def test_rescoring_nms_and_judging_together_give_the_published_figures(golden, published, kind, nms):
    stored = json.loads(gzip.decompress((golden / "coco_loader.json.gz").read_bytes()))
    poses = np.array(stored["evaluate"]["pred_xyc"])
    boxes = np.array(stored["evaluate"]["box_cxcy_sxsy_area_score"])
    images = np.array([record["image_id"] for record in stored["gt_records"]] * 2)
    scores = rescore(boxes[:, 5], poses[:, :, 2])
    results = []
    for image in np.unique(images):
        here = np.flatnonzero(images == image)
        people = [SimpleNamespace(keypoints=poses[i], score=scores[i]) for i in here]
        for i in here[nms(people, 0.9, area=boxes[here, 4])]:
            result = {"image_id": int(image), "category_id": 1, "keypoints": poses[i].ravel().tolist()}
            results.append({**result, "score": float(scores[i])})
    expected = stored["evaluate"]["results"][kind]
    assert [result["image_id"] for result in results] == [kept["image_id"] for kept in expected["kept"]]
    np.testing.assert_allclose(
        [(*result["keypoints"][:2], result["score"]) for result in results],
        [(*kept["first_xy"], kept["score"]) for kept in expected["kept"]],
        atol=1e-4,  # the poses were stored with 4 digits
    )
    assert list(evaluate(published.truth, results).values()) == expected["stats"]


def test_crowdpose_figures_are_the_published_ones(golden):
    stored = json.loads(gzip.decompress((golden / "crowdpose_eval.json.gz").read_bytes()))
    figures = evaluate_crowdpose(stored["gt"], stored["dt"])
    assert list(figures) == ["AP", "AP50", "AP75", "AR", "AR50", "AR75", "AP-easy", "AP-medium", "AP-hard"]
    values, expected = list(figures.values()), stored["xtcocotools_stats"]
    assert values[:6] == expected[:6]
    assert [round(value, 4) for value in values[6:]] == expected[6:]


def test_a_crowd_class_without_images_is_minus_one(golden):
    stored = json.loads(gzip.decompress((golden / "crowdpose_eval.json.gz").read_bytes()))
    for image in stored["gt"]["images"]:
        image["crowdIndex"] = 0.5
    figures = evaluate_crowdpose(stored["gt"], stored["dt"])
    assert (figures["AP-easy"], figures["AP-hard"]) == (-1, -1)
    assert figures["AP-medium"] == figures["AP"]


def test_crowdpose_without_a_crowd_index_is_named(golden):
    stored = json.loads(gzip.decompress((golden / "crowdpose_eval.json.gz").read_bytes()))
    del stored["gt"]["images"][2]["crowdIndex"]
    with pytest.raises(ValueError, match="image 102 has no crowdIndex"):
        evaluate_crowdpose(stored["gt"], stored["dt"])


@pytest.mark.slow
def test_judging_is_at_least_six_times_as_fast_as_pycocotools(made_up, judge):
    truth, results = made_up(np.random.default_rng(14), images=800)
    start = time.process_time()
    expected = judge(truth, results)
    published_seconds = time.process_time() - start
    start = time.process_time()
    figures = evaluate(truth, results)
    assert published_seconds / (time.process_time() - start) > 6
    assert np.array_equal(list(figures.values()), expected)
