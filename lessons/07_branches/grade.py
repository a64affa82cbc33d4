"""How the exercise of lesson 7 is judged. A test holds the solution to the network's own exchange unit."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from lessons.grading import Case, Exercise

CHANNELS = (2, 3, 4, 5)
SIZE = (16, 8)  # of the finest branch


def halve(x, kernel):
    """As in the exercise."""
    padded = np.pad(x, ((0, 0), (1, 1), (1, 1)))
    _, height, width = x.shape
    pieces = [padded[:, i : i + height : 2, j : j + width : 2] for i in range(3) for j in range(3)]
    return np.tensordot(np.reshape(kernel, (*kernel.shape[:2], 9)), np.stack(pieces), axes=([1, 2], [1, 0]))


def relu(x):
    return np.maximum(x, 0)


def enlarge(x, factor):
    return x.repeat(factor, axis=1).repeat(factor, axis=2)


def carried(x, weights, distance, between=relu, enlarge=enlarge):
    """A branch at the target's size; distance: how many branches the target is finer (> 0) or coarser (< 0)."""
    if distance == 0:
        return x
    if distance > 0:
        return enlarge(np.tensordot(weights, x, axes=1), 2**distance)
    for kernel in weights[:-1]:
        x = between(halve(x, kernel))
    return halve(x, weights[-1])


def terms(branches, weights, target, **how):
    """What every branch adds."""
    return [carried(x, weights[i], i - target, **how) for i, x in enumerate(branches)]


def fuse(branches, weights, target):
    return relu(sum(terms(branches, weights, target)))


def concatenated(branches, weights, target):
    return relu(np.concatenate(terms(branches, weights, target)))


def averaged(branches, weights, target):
    return fuse(branches, weights, target) / len(branches)


def no_relu(branches, weights, target):
    return sum(terms(branches, weights, target))


def relu_each(branches, weights, target):
    return sum(map(relu, terms(branches, weights, target)))


def relu_behind(branches, weights, target):
    """A ReLU behind every strided convolution, the last one too."""
    return relu(sum(relu(term) if i < target else term for i, term in enumerate(terms(branches, weights, target))))


def no_relu_between(branches, weights, target):
    return relu(sum(terms(branches, weights, target, between=lambda x: x)))


def tiled(branches, weights, target):
    return relu(sum(terms(branches, weights, target, enlarge=lambda x, factor: np.tile(x, (1, factor, factor)))))


def without_itself(branches, weights, target):
    return relu(sum(term for i, term in enumerate(terms(branches, weights, target)) if i != target))


def case(name: str, count: int, target: int) -> Case:
    """Drawn numbers, the same ones every time."""
    rng = np.random.default_rng(10 * count + target)

    def draw(*shape: int) -> np.ndarray:
        return rng.normal(0, 1, shape).round(3)

    branches = [draw(CHANNELS[i], SIZE[0] >> i, SIZE[1] >> i) for i in range(count)]
    weights = []
    for i in range(count):
        if i > target:
            weights.append(draw(CHANNELS[target], CHANNELS[i]))
        elif i < target:
            inputs, outputs = CHANNELS[i], CHANNELS[target]
            widths = [inputs] * (target - i - 1) + [outputs]  # only the last one changes the channels
            weights.append([draw(width, inputs, 3, 3) for width in widths])
        else:
            weights.append(None)
    return Case(name, (branches, weights, target))


MISCONCEPTIONS: dict[str, Callable] = {
    "concatenated": concatenated,
    "averaged": averaged,
    "no_relu": no_relu,
    "relu_each": relu_each,
    "relu_behind": relu_behind,
    "no_relu_between": no_relu_between,
    "tiled": tiled,
    "without_itself": without_itself,
}

EXERCISE = Exercise(
    "fuse",
    fuse,
    (
        case("two", 2, 0),
        case("finest", 4, 0),
        case("second", 4, 1),
        case("third", 4, 2),
        case("coarsest", 4, 3),
        case("alone", 1, 0),
    ),
    MISCONCEPTIONS,
    tolerance=1e-6,
)
