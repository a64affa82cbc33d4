"""Learning to put joints into place: the pose network's task."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from hrnet import evaluation
from hrnet.augment import Compose, Sample, Warp
from hrnet.augment.batch import gaussian_targets, normalize
from hrnet.data.cache import PhotoCache
from hrnet.data.pose_set import PoseSet
from hrnet.data.sampler import Mixture
from hrnet.heatmap.targets import KINDS
from hrnet.topdown import Network, TopDown
from hrnet.training.loss import emphasized_mse, location_entropy
from hrnet.training.objective import Objective
from hrnet.weights.checkpoint import Metadata


@dataclass(frozen=True)
class PoseLoss:
    """The weighted sum of two losses (`hrnet.training.loss`): the height of the maps, and the place of their peaks.

    emphasis: above 0 it speeds up the start and makes the network too sure of itself: a joint that is somewhere with
        probability p gets a peak of p (1 + emphasis) / (1 + p emphasis). End a training without it.
    absent: how much an empty map counts for a joint without a label, or outside of the crop. Nobody says that such a
        joint is not there, but a peak where annotators and networks saw nothing should be low.
    """

    height: float = 300.0  # squared errors are small numbers
    place: float = 1.0
    emphasis: float = 0.0
    sharpness: float = 10.0
    absent: float = 0.1

    def __call__(self, output: Tensor, target: Tensor, weights: Tensor, drawn: Tensor) -> Tensor:
        """output, target: (N, K, h, w). weights: (N, K), trust in the label; drawn: (N, K), 1 where the target is."""
        height = emphasized_mse(output, target, weights + self.absent * (1 - drawn), self.emphasis)
        return self.height * height + self.place * location_entropy(output, target, weights, self.sharpness)


@dataclass(frozen=True, eq=False)
class Crops:
    """One batch: uint8 (N, H, W, 3); float32 (N, K, 3) in crop pixels; float32 (N, K) trust in every label."""

    pixels: np.ndarray
    keypoints: np.ndarray
    confidence: np.ndarray


class PoseTask:
    """Labeled people of a set, augmented and cropped by `steps` (one of which must be a Warp).

    Args:
        poses, photos: the training set and its decoded photos.
        mixture: which persons (places in poses.samples) make up each step.
        metadata: input size, crop rule, normalization: what the shipped weights will carry.
        sigma, kind: of the target heatmaps, see `hrnet.heatmap.encode`.
        judge: the validation set with its photos.
    Raises:
        ValueError: the steps make no crop, the targets are not those of the crop rule, or a photo of the judge's cannot
            be read.
    """

    def __init__(
        self,
        poses: PoseSet,
        photos: PhotoCache,
        mixture: Mixture,
        batch_size: int,
        steps: Compose,
        metadata: Metadata,
        sigma: float,
        kind: str,
        judge: tuple[PoseSet, PhotoCache],
        loss: Objective | None = None,
        seed: int = 0,
    ) -> None:
        if not any(isinstance(step, Warp) for step in steps.steps):
            raise ValueError("none of the steps is a Warp, so there would be no crops")
        pixels = metadata.rule.heatmap_by_size_minus_one
        fitting = [name for name, target in KINDS.items() if target.rule.heatmap_by_size_minus_one == pixels]
        if kind not in fitting:
            raise ValueError(
                f"targets of kind {kind!r} do not belong to the rule {metadata.rule.name}; take {' or '.join(fitting)}"
            )
        judge[1].must_be_whole()
        self.poses, self.photos, self.mixture, self.batch_size = poses, photos, mixture, batch_size
        self.steps, self.metadata, self.sigma, self.kind = steps, metadata, sigma, kind
        self.judge, self.pose_loss, self.seed = judge, loss or PoseLoss(), seed

    def batch(self, step: int, rank: int = 0, ranks: int = 1) -> Crops:
        """The rows rank::ranks of the step's batch; what is drawn for a row depends on the seed, the step and the place
        of the row in the whole batch."""
        joints, (height, width) = len(self.poses.skeleton), self.metadata.input_size
        rows = range(rank, self.batch_size, ranks)
        numbers = self.mixture.batch(step)
        made = Crops(
            np.empty((len(rows), height, width, 3), np.uint8),
            np.empty((len(rows), joints, 3), np.float32),
            np.empty((len(rows), joints), np.float32),
        )
        for place, row in enumerate(rows):
            sample = self.steps(self.sample(numbers[row]), np.random.default_rng([self.seed, step, row]))
            made.pixels[place] = sample.crop
            made.keypoints[place] = sample.crop_keypoints
            made.confidence[place] = sample.crop_confidence
        return made

    def sample(self, number: int) -> Sample:
        """A labeled person before any step."""
        person = self.poses.samples[number]
        return Sample(
            photo=self.photos.photo(person.photo),
            skeleton=self.poses.skeleton,
            input_size=self.metadata.input_size,
            box=person.box,
            keypoints=person.keypoints,
            confidence=person.confidence,
            rule=self.metadata.rule,
        )

    def loss(self, network: nn.Module, batch: Crops, device: torch.device) -> Tensor:
        return self.cost(network(self.inputs(batch, device)), batch, device)

    def inputs(self, batch: Crops, device: torch.device) -> Tensor:
        """What the network sees: float32 (N, 3, H, W), normalized."""
        pixels = torch.from_numpy(batch.pixels).to(device, non_blocking=True)
        return normalize(pixels, self.metadata.mean, self.metadata.std)

    def cost(self, output: Tensor, batch: Crops, device: torch.device) -> Tensor:
        """What an answer (N, K, h, w) to these crops costs: a scalar."""
        keypoints, confidence = (
            torch.from_numpy(values).to(device, non_blocking=True) for values in (batch.keypoints, batch.confidence)
        )
        target, drawn = gaussian_targets(
            keypoints[..., :2], keypoints[..., 2], self.metadata.input_size, self.sigma, self.kind
        )
        return self.pose_loss(output.float(), target, drawn * confidence, drawn)

    def validate(self, network: nn.Module, device: torch.device) -> Mapping[str, float]:
        """The COCO figures on the judge's set: given boxes, flip averaging."""
        poses, photos = self.judge
        topdown = TopDown(as_engine(network, device, self.metadata), self.metadata, flip=True)
        boxes = evaluation.given_boxes(poses)
        return evaluation.figures(poses, evaluation.detect(topdown, poses, boxes, photos.photo))


def as_engine(network: nn.Module, device: torch.device, metadata: Metadata) -> Network:
    """A network in training as what TopDown calls; in single precision."""

    @torch.inference_mode()
    def run(crops: np.ndarray) -> np.ndarray:
        pixels = torch.from_numpy(np.ascontiguousarray(crops)).to(device)
        return network(normalize(pixels, metadata.mean, metadata.std)).float().cpu().numpy()

    return run


def usable(poses: PoseSet, photos: PhotoCache, source: str, fewest: int = 3) -> Sequence[int]:
    """The persons of one source worth showing: whole photos, not ignored, with at least `fewest` labeled joints."""
    return [
        number
        for number, person in enumerate(poses.samples)
        if poses.photos[person.photo].source == source
        and photos.shapes[person.photo] is not None
        and not person.ignore
        and person.labeled >= fewest
    ]
