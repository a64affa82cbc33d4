"""How the exercise of lesson 9 is judged."""

from __future__ import annotations

import numpy as np

from lessons.grading import Case, Exercise

SIZE = (12, 9)  # (height, width) of the maps of the cases: small ones are told quickly


def joints_mse(answers, targets, weights):
    """`hrnet.training.loss.joint_mse` of one person, without torch."""
    return 0.5 * float(np.square(weights[:, None, None] * (answers - targets)).mean())


def weight_once(answers, targets, weights):
    """The squared difference is multiplied by the weight."""
    return 0.5 * float((weights[:, None, None] * np.square(answers - targets)).mean())


def without_half(answers, targets, weights):
    return 2 * joints_mse(answers, targets, weights)


def summed(answers, targets, weights):
    return joints_mse(answers, targets, weights) * answers.size


def labeled_only(answers, targets, weights):
    """The mean over the joints with a weight; nothing where there is none."""
    counted = weights > 0
    return joints_mse(answers[counted], targets[counted], weights[counted]) if counted.any() else 0.0


def absolute(answers, targets, weights):
    return 0.5 * float(np.abs(weights[:, None, None] * (answers - targets)).mean())


def target_weighted(answers, targets, weights):
    """Joints without a label are to be answered with nothing."""
    return 0.5 * float(np.square(answers - weights[:, None, None] * targets).mean())


def unweighted(answers, targets, weights):
    return joints_mse(answers, targets, np.ones(len(weights)))


def maps(seed, joints=4):
    """A blob for each joint."""
    rng = np.random.default_rng(seed)
    (h, w), centers = SIZE, rng.uniform((2, 2), (7, 10), (joints, 2))
    squared = (np.arange(w) - centers[:, :1, None]) ** 2 + (np.arange(h)[:, None] - centers[:, 1:, None]) ** 2
    return np.exp(-squared / 4.5).round(3)


ONES = np.ones(4)

EXERCISE = Exercise(
    "joints_mse",
    joints_mse,
    (
        Case("right", (maps(1), maps(1), ONES)),
        Case("off", (maps(2), maps(3), ONES)),
        Case("empty", (np.zeros((4, *SIZE)), maps(4), ONES)),
        Case("unlabeled", (maps(5), maps(6), np.array([1.0, 0.0, 1.0, 1.0]))),
        Case("nothing", (maps(7), maps(8), np.zeros(4))),
        Case("heavy", (maps(9), maps(10), np.array([1.0, 1.2, 1.5, 1.0]))),
        Case("negative", (-0.4 * maps(11), maps(12), ONES)),
    ),
    {
        "weight_once": weight_once,
        "without_half": without_half,
        "summed": summed,
        "labeled_only": labeled_only,
        "absolute": absolute,
        "target_weighted": target_weighted,
        "unweighted": unweighted,
    },
    tolerance=1e-6,
)
