"""Tens of pictures of one's own subject, from a network that knows people."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from hrnet import data, weights
from hrnet.data.pose_set import PhotoFile, PoseSet
from hrnet.geometry import Size
from hrnet.spec import ModelSpec
from train.recipes.keypoints import Keypoints, usable

HELD_OUT = 5  # where the labels name no splits, one photo of so many is judged
FEWEST = 4  # photos with labels that can be divided

# Upright, square and lying subjects: about the same number of pixels, and sides of whole 32 pixels.
SIZES: tuple[Size, ...] = ((192, 128), (160, 160), (128, 192))


@dataclass(frozen=True, kw_only=True)
class Finetune(Keypoints):
    """Any joints. Where no input size is given, the data decides; the layout is that of the weights to begin with."""

    input_size: Size = (0, 0)  # (0, 0) for the one of SIZES nearest to the shape of the boxes

    def settled(self) -> Finetune:
        chosen = self if any(self.input_size) else replace(self, input_size=fitting(self.sets()[0]))
        return replace(chosen, spec=layout(self.start)) if self.start else chosen

    def sets(self) -> tuple[PoseSet, PoseSet]:
        """By the splits of the labels; where there are none of these names, by photo and seed."""
        whole = data.read(self.data)
        if {self.training, self.judging} <= {photo.split for photo in whole.photos}:
            return whole.split(self.training), whole.split(self.judging)
        return divided(whole, self.seed)


def layout(start: str) -> ModelSpec:
    """Of the network that weights are for. Raises WeightsError where there are none of that name."""
    found = weights.resolve(start)
    metadata = found.metadata if isinstance(found, weights.Entry) else weights.load(found, role="trunk")[1]
    return metadata.spec


def fitting(poses: PoseSet) -> Size:
    """The one of SIZES whose shape is nearest to that of the median box."""
    shapes = [np.log(poses.samples[number].box.h / poses.samples[number].box.w) for number in usable(poses)]
    median = float(np.median(shapes)) if shapes else 0.0
    return min(SIZES, key=lambda size: abs(np.log(size[0] / size[1]) - median))


def divided(poses: PoseSet, seed: int) -> tuple[PoseSet, PoseSet]:
    """Whole photos with labels, one of HELD_OUT to be judged on; photos without labels are in neither part.

    Raises:
        ValueError: there are fewer than FEWEST of them.
    """
    labeled = sorted({poses.samples[number].photo for number in usable(poses)})
    if len(labeled) < FEWEST:
        raise ValueError(
            f"{len(labeled)} photos with labels are too few to learn and be judged; label {FEWEST} or more"
        )
    judged = np.random.default_rng(seed).permutation(labeled)[: -(-len(labeled) // HELD_OUT)]
    where = {poses.photos[place].id for place in judged}
    known = {poses.photos[place].id for place in labeled}

    def learns(photo: PhotoFile) -> bool:
        return photo.id in known and photo.id not in where

    return poses.only(learns), poses.only(lambda photo: photo.id in where)
