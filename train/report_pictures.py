"""The worst persons of a measurement as pictures: what was labeled beside what was predicted, each a small JPEG."""

from __future__ import annotations

import base64
from dataclasses import dataclass

import numpy as np

from hrnet import draw, image
from hrnet.geometry import Affine, Box, crop_affine
from hrnet.metrics.errors import KINDS, UNLABELED, Errors
from hrnet.person import Person
from train.measured import Measured

WORST = 20
SHARE_LABELED = 0.3  # of the joints; persons with one or two labels have the lowest OKS, and show nothing
SIDE = (288, 216)  # height and width of one picture: sharp at 160 pixels on a phone


@dataclass(frozen=True)
class Worst:
    """One person whose pose is far from the labels."""

    photo: str
    person: int  # id of the annotation
    oks: float
    score: float
    kinds: dict[str, int]  # how many joints of each kind, the frequent first; those without are left out
    labeled: str  # data: URLs
    predicted: str


def worst(measured: Measured, errors: Errors, count: int = WORST) -> list[Worst]:
    """The found persons with the lowest OKS, the worst first, of those with enough labels to tell.

    Args:
        errors: see `Measured.everybody`.
    """
    told = (errors.kind != UNLABELED).mean(axis=1) >= SHARE_LABELED
    order = np.argsort(errors.oks, kind="stable")
    return [_worst(measured, errors, row) for row in order[told[order]][:count].tolist()]


def _worst(measured: Measured, errors: Errors, row: int) -> Worst:
    place = int(errors.annotation[row])  # the annotations are the set's samples, in their order
    person = measured.poses.samples[place]
    photo = measured.poses.photos[person.photo]
    pixels = photo.read()
    view = crop_affine(_around(person.keypoints, person.box), SIDE)
    window = view.warp(pixels, SIDE)
    labeled = _url(draw.annotation(window, _moved(view, person.keypoints), measured.poses.skeleton))
    detection = measured.detections[int(errors.detection[row])]
    points = np.reshape(detection["keypoints"], (-1, 3)).astype(np.float32)
    shown = Person(_in(view, person.box), _moved(view, points), float(detection["score"]))
    predicted = draw.people(window, [shown], measured.poses.skeleton, threshold=0.0, boxes=False, labels=False)
    counted = {name: int((errors.kind[row] == kind).sum()) for kind, name in enumerate(KINDS)}
    kinds = dict(sorted(((n, c) for n, c in counted.items() if c), key=lambda pair: -pair[1]))
    return Worst(photo.name, person.id, float(errors.oks[row]), shown.score, kinds, labeled, _url(predicted))


def _around(keypoints: np.ndarray, box: Box) -> Box:
    """The box together with all labeled joints; crop_affine adds a quarter, so a person is seen whole."""
    corners = np.array([[box.x, box.y], [box.x + box.w, box.y + box.h]])
    return Box.around(np.concatenate([corners, keypoints[keypoints[:, 2] > 0, :2]]))


def _moved(view: Affine, keypoints: np.ndarray) -> np.ndarray:
    return view.apply(keypoints).astype(np.float32)


def _in(view: Affine, box: Box) -> Box:
    return Box.around(view.apply(np.array([[box.x, box.y], [box.x + box.w, box.y + box.h]])))


def _url(picture: np.ndarray) -> str:
    return "data:image/jpeg;base64," + base64.b64encode(image.encode(picture, "jpeg")).decode()
