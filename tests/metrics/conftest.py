"""Made-up sets in COCO's form, with everything that makes an evaluation stumble."""

from __future__ import annotations

import contextlib
import io
import json
from pathlib import Path

import numpy as np
import pytest

GOLDEN = Path(__file__).parents[1] / "golden"


@pytest.fixture(scope="session")
def golden():
    return GOLDEN


@pytest.fixture(scope="session")
def made_up():
    return make_up


@pytest.fixture(scope="session")
def judge():
    return pycocotools_figures


def make_up(
    rng: np.random.Generator,
    *,
    images: int = 40,
    joints: int = 17,
    detections: int = 20,
    digits: int = 4,
    categories: int = 1,
) -> tuple[dict, list[dict]]:
    """Ground truth and detections. About half the images show nobody; there are crowds, people without labels, wrong
    areas, labelled people counted as unlabelled, people annotated twice or found twice, and, with few digits, many
    equal scores."""
    ids = rng.permutation(10 * images)[:images].tolist()  # neither sorted nor without gaps
    annotations, results = [], []
    for image in ids:
        people = [_person(rng, joints) for _ in range(rng.poisson(4) if rng.random() < 0.54 else 0)]
        for keypoints, box in people:
            labelled = rng.random(joints) < rng.choice([0, 0.3, 0.8, 1])
            keypoints = np.where(labelled[:, None], keypoints, 0)
            crowd = rng.random() < 0.06
            annotations.append(
                {
                    "id": len(annotations) + 1,
                    "image_id": image,
                    "category_id": int(rng.integers(categories)) + 1,
                    "iscrowd": int(crowd),
                    "num_keypoints": 0 if crowd or rng.random() < 0.03 else int(labelled.sum()),
                    "keypoints": np.round(np.column_stack([keypoints, 2 * labelled])).astype(int).ravel().tolist(),
                    "bbox": np.round(box, 2).tolist(),
                    "area": 0 if rng.random() < 0.01 else round(float(box[2] * box[3] * rng.uniform(0.3, 0.8)), 2),
                }
            )
            if rng.random() < 0.08:  # the same person again, now with another area and perhaps to be ignored
                twin = {"iscrowd": int(rng.random() < 0.2), "area": float(rng.choice([600, 5000]))}
                annotations.append({**annotations[-1], **twin, "id": len(annotations) + 1})
        for _ in range(int(rng.integers(detections + 1)) if detections < 20 else detections):
            if people and rng.random() < 0.8:
                keypoints, box = people[rng.integers(len(people))]
                spread = np.sqrt(box[2] * box[3]) * rng.choice([0, 0.01, 0.03, 0.08, 0.3])
                found = np.round(keypoints + rng.normal(0, spread, keypoints.shape), 2)
            else:
                found = np.round(_person(rng, joints)[0], 2)
            results.append(
                {
                    "image_id": image,
                    "category_id": int(rng.integers(categories)) + 1,
                    "keypoints": np.column_stack([found, np.round(rng.random(joints), 2)]).ravel().tolist(),
                    "score": round(float(rng.random()), digits),
                }
            )
            if rng.random() < 0.05:
                results.append({**results[-1], "score": round(float(rng.random()), digits)})
    order = rng.permutation(len(results))
    truth = {
        "images": [{"id": image, "width": 640, "height": 480} for image in ids],
        "annotations": annotations,
        "categories": [{"id": category + 1, "name": f"kind {category}"} for category in range(categories)],
    }
    return truth, [results[i] for i in order]


def _person(rng: np.random.Generator, joints: int) -> tuple[np.ndarray, np.ndarray]:
    """Keypoints (K, 2) in whole pixels and their box."""
    size = rng.choice([20, 60, 150, 300]) * rng.uniform(0.7, 1.3, 2)
    corner = rng.uniform(-20, 500, 2)
    return np.round(corner + size * rng.random((joints, 2))), np.concatenate([corner, size])


def pycocotools_figures(truth: dict, results: list[dict], sigmas: object = None) -> list[float]:
    """The ten numbers of the published evaluation, from copies, because it writes into what it is given."""
    from pycocotools.coco import COCO
    from pycocotools.cocoeval import COCOeval

    with contextlib.redirect_stdout(io.StringIO()):
        ground_truth = COCO()
        ground_truth.dataset = json.loads(json.dumps(truth))
        ground_truth.createIndex()
        evaluation = COCOeval(ground_truth, ground_truth.loadRes(json.loads(json.dumps(results))), "keypoints")
        if sigmas is not None:
            evaluation.params.kpt_oks_sigmas = np.array(sigmas)
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    return evaluation.stats.tolist()
