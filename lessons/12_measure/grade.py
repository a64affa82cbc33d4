"""How the exercise of lesson 12 is judged."""

from __future__ import annotations

import numpy as np

from hrnet import metrics
from hrnet.skeleton import COCO_17
from lessons.grading import Case, Exercise

SIGMAS = np.array(COCO_17.sigmas)
JOINTS = len(SIGMAS)


def oks(labels, predicted, area, sigmas):
    """The library's own."""
    return float(metrics.oks(labels, predicted[None], area, sigmas)[0])


def shares(labels, predicted, area, sigmas, factor=2.0):
    """Of every joint, labeled or not; factor: of sigma."""
    squared = ((predicted - labels[:, :2]) ** 2).sum(axis=1)
    return np.exp(-squared / (2 * area * (factor * sigmas) ** 2))


def mean(values, counted):
    return float(values[counted].mean()) if counted.any() else 0.0


def plain_sigma(labels, predicted, area, sigmas):
    return mean(shares(labels, predicted, area, sigmas, 1.0), labels[:, 2] > 0)


def without_two(labels, predicted, area, sigmas):
    """The 2 of 2 area was forgotten."""
    return mean(shares(labels, predicted, area / 2, sigmas), labels[:, 2] > 0)


def root_of_area(labels, predicted, area, sigmas):
    """The size s was taken where s squared is meant."""
    return mean(shares(labels, predicted, np.sqrt(area), sigmas), labels[:, 2] > 0)


def every_joint(labels, predicted, area, sigmas):
    """Joints that nobody labeled are compared, too."""
    return mean(shares(labels, predicted, area, sigmas), np.ones(JOINTS, bool))


def divided_by_all(labels, predicted, area, sigmas):
    """The sum of the labeled joints over the count of all."""
    return float(shares(labels, predicted, area, sigmas)[labels[:, 2] > 0].sum() / JOINTS)


def visible_only(labels, predicted, area, sigmas):
    return mean(shares(labels, predicted, area, sigmas), labels[:, 2] == 2)


def worst(labels, predicted, area, sigmas):
    counted = labels[:, 2] > 0
    return float(shares(labels, predicted, area, sigmas)[counted].min()) if counted.any() else 0.0


def one_sigma(labels, predicted, area, sigmas):
    """The mean of the sigmas for every joint."""
    return oks(labels, predicted, area, np.full(JOINTS, sigmas.mean()))


def person(seed, visibility=2):
    """Labels of somebody about 200 pixels tall; visibility: of all joints, or of each."""
    rng = np.random.default_rng(seed)
    places = rng.uniform((100, 50), (180, 250), (JOINTS, 2))
    return np.column_stack([places, np.broadcast_to(visibility, JOINTS)])


def near(labels, seed, pixels):
    """A pose whose joints are off by about that much."""
    return labels[:, :2] + np.random.default_rng(seed).normal(0, pixels, (JOINTS, 2))


WHOLE = person(1)
UPPER = person(2, [2] * 11 + [0] * 6)
HIDDEN = person(3, [2] * 7 + [1] * 10)
SOME = person(4, [2, 0] * 8 + [2])
NOBODY = person(5, 0)

EXERCISE = Exercise(
    "oks",
    oks,
    (
        Case("same", (WHOLE, WHOLE[:, :2], 10_000.0, SIGMAS)),
        Case("near", (WHOLE, near(WHOLE, 6, 7), 10_000.0, SIGMAS)),
        Case("small", (WHOLE, near(WHOLE, 6, 3), 900.0, SIGMAS)),
        Case("upper", (UPPER, near(UPPER, 7, 8), 12_000.0, SIGMAS)),
        Case("unlabeled", (SOME, near(SOME, 8, 9), 8_000.0, SIGMAS)),
        Case("hidden", (HIDDEN, near(HIDDEN, 9, 10), 10_000.0, SIGMAS)),
        Case("nobody", (NOBODY, near(NOBODY, 10, 5), 10_000.0, SIGMAS)),
    ),
    {
        "plain_sigma": plain_sigma,
        "without_two": without_two,
        "root_of_area": root_of_area,
        "every_joint": every_joint,
        "divided_by_all": divided_by_all,
        "visible_only": visible_only,
        "worst": worst,
        "one_sigma": one_sigma,
    },
)
