"""What the embedded pose network gets wrong, for the model card: on drawn people, as no photograph may be shown."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

import hrnet
from hrnet import draw
from hrnet.geometry import Box, crop_affine
from hrnet.metrics import oks
from hrnet.metrics.coco import CROWDPOSE_AREA
from hrnet.person import Person
from hrnet.scenes import Scene, draw_scene

# Families of poses (hrnet.scenes.families), each with what is hard about it.
HARD = {
    "lie": "lying, where nothing is above or below as in somebody who stands",
    "bend down": "bent down, head below the hips",
    "sit on ground": "sitting on the ground, limbs folded",
    "kick": "a leg in the air",
}
TRIED = 6  # scenes of each, of which the worst is shown
SEED = 12
SIDE = (288, 216)  # height and width of one picture


@dataclass(frozen=True)
class Failure:
    """Somebody drawn, and what the network says with the true box."""

    scene: Scene
    person: Person
    oks: float


def failures(estimator: hrnet.Estimator) -> tuple[np.ndarray, str]:
    """A sheet, above the true joints and below the predicted ones, and what to say of it in Markdown."""
    worst = [min((tried(estimator, family, n) for n in range(TRIED)), key=lambda one: one.oks) for family in HARD]
    rows = [[picture(estimator, one, truth) for one in worst] for truth in (True, False)]
    told = "; ".join(f"{words} (OKS {one.oks:.2f})" for words, one in zip(HARD.values(), worst, strict=True))
    return draw.sheet(rows[0] + rows[1], len(worst)), (
        "![Drawn people, their true joints above and the predicted ones below](failures.jpg)\n\n"
        f"Above the true joints, below the predicted ones with the true box, the worst of {TRIED} drawn scenes each, "
        f"from left to right: {told}."
    )


def tried(estimator: hrnet.Estimator, family: str, number: int) -> Failure:
    rng = np.random.default_rng([SEED, list(HARD).index(family), number])
    scene = draw_scene(rng, people=1, poses=[family])
    person = estimator(scene.photo, boxes=scene.boxes)[0]
    alike = oks(scene.keypoints[0], person.keypoints[None], CROWDPOSE_AREA * scene.boxes[0].area, scene.skeleton.sigmas)
    return Failure(scene, person, float(alike[0]))


def picture(estimator: hrnet.Estimator, failure: Failure, truth: bool) -> np.ndarray:
    scene, skeleton = failure.scene, failure.scene.skeleton
    box = scene.boxes[0]
    view = crop_affine(box, SIDE)
    window = view.warp(scene.photo, SIDE)
    if truth:
        return draw.annotation(window, view.apply(scene.keypoints[0]).astype(np.float32), skeleton)
    moved = view.apply(failure.person.keypoints).astype(np.float32)
    shown = Person(Box(0, 0, SIDE[1], SIDE[0]), moved, failure.person.score)
    return draw.people(window, [shown], skeleton, boxes=False, labels=False)
