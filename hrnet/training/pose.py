"""Learning to put joints into place: the pose network's task."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, count, islice

import numpy as np
import torch
from torch import Tensor, nn

from hrnet.augment import Compose, Sample, Warp
from hrnet.augment.batch import gaussian_targets, light, normalize, warp
from hrnet.data.cache import PhotoCache
from hrnet.data.pose_set import PoseSet
from hrnet.data.sampler import Mixture
from hrnet.data.source import Source, Stored
from hrnet.heatmap.targets import KINDS
from hrnet.topdown import Network, TopDown
from hrnet.training import device_warp as on_device
from hrnet.training.look import Look, look
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


INSTEAD = 1000  # persons tried in the place of one whose photo is broken, before a set is called unreadable


@dataclass(frozen=True, eq=False)
class Crops:
    """One batch: uint8 (N, H, W, 3); float32 (N, K, 3) in crop pixels; float32 (N, K) trust in every label.

    Where the device warps, the pixels are those it warps from, padded to the largest, and it is told how: matrices
    float32 (N, 2, 3) from there to the crop, and lights float32 (N, 6), see `hrnet.augment.batch.light`, if any.
    """

    pixels: np.ndarray
    keypoints: np.ndarray
    confidence: np.ndarray
    matrices: np.ndarray | None = None
    lights: np.ndarray | None = None


class PoseTask:
    """Labeled people of a set, augmented and cropped by `steps` (one of which must be a Warp).

    A person whose photo cannot be read is replaced, and the file is in `skipped`. The other is the next readable one of
    the same batch, or of those after it: the same in every process and after every resume.

    Args:
        poses, photos: the training set, and where its pixels come from: all photos decoded, crops, or a stream.
        mixture: which persons (places in poses.samples) make up each step; for a stream, one by photo.
        metadata: input size, crop rule, normalization: what the shipped weights will carry.
        sigma, kind: of the target heatmaps, see `hrnet.heatmap.encode`.
        judge: the validation set with its photos.
        device_warp: batches carry whole margin crops, and `inputs` samples the view (and changes its light) on the
            device. Draws are those of the host; gray levels are not rounded.
        flip: whether validation averages with the mirrored crops; not for subjects that are never seen mirrored.
        first: the figure by which the best weights are chosen, see `hrnet.training.look`.
    Raises:
        ValueError: the steps make no crop, the targets are not those of the crop rule, a photo of the judge's cannot be
            read, or the device shall warp what are no PersonCrops, or do a step it does not know.
    """

    def __init__(
        self,
        poses: PoseSet,
        photos: Source,
        mixture: Mixture,
        batch_size: int,
        steps: Compose,
        metadata: Metadata,
        sigma: float,
        kind: str,
        judge: tuple[PoseSet, PhotoCache],
        loss: Objective | None = None,
        seed: int = 0,
        device_warp: bool = False,
        flip: bool = True,
        first: str = "AP",
    ) -> None:
        if not on_device.has_warp(steps):
            raise ValueError("none of the steps is a Warp, so there would be no crops")
        pixels = metadata.rule.heatmap_by_size_minus_one
        fitting = [name for name, target in KINDS.items() if target.rule.heatmap_by_size_minus_one == pixels]
        if kind not in fitting:
            raise ValueError(
                f"targets of kind {kind!r} do not belong to the rule {metadata.rule.name}; take {' or '.join(fitting)}"
            )
        judge[1].must_be_whole()
        if device_warp:
            on_device.must_suit(photos, steps)
        self.poses, self.photos, self.mixture, self.batch_size = poses, photos, mixture, batch_size
        self.steps, self.metadata, self.sigma, self.kind = steps, metadata, sigma, kind
        self.judge, self.pose_loss, self.seed = judge, loss or PoseLoss(), seed
        self.device_warp, self.flip, self.first = device_warp, flip, first

    @property
    def skipped(self) -> Mapping[str, str]:
        """Photos that cannot be read, and why."""
        return self.photos.broken

    def batch(self, step: int, rank: int = 0, ranks: int = 1) -> Crops:
        """The rows rank::ranks of the step's batch; what is drawn for a row depends on the seed, the step and the place
        of the row in the whole batch.

        Raises:
            ValueError: no photo can be read, in this batch or in those after it.
        """
        numbers = self.mixture.batch(step)
        rows = range(rank, self.batch_size, ranks)
        drawn = ((self._readable(step, row, numbers), np.random.default_rng([self.seed, step, row])) for row in rows)
        return self._to_be_warped(drawn) if self.device_warp else self._warped(drawn, len(rows))

    def _warped(self, drawn: Iterator[tuple[Sample, np.random.Generator]], rows: int) -> Crops:
        joints, (height, width) = len(self.poses.skeleton), self.metadata.input_size
        made = Crops(
            np.empty((rows, height, width, 3), np.uint8),
            np.empty((rows, joints, 3), np.float32),
            np.empty((rows, joints), np.float32),
        )
        steps = self.steps.steps
        last = isinstance(steps[-1], Warp)  # then it writes straight into the row
        before = Compose(steps[:-1]) if last else self.steps
        for place, (sample, rng) in enumerate(drawn):
            sample = before(sample, rng)
            if last:
                sample.sampling.warp(sample.photo, sample.input_size, out=made.pixels[place], fill=sample.rule.fill)
            else:
                made.pixels[place] = sample.crop
            made.keypoints[place] = sample.crop_keypoints
            made.confidence[place] = sample.crop_confidence
        return made

    def _to_be_warped(self, drawn: Iterator[tuple[Sample, np.random.Generator]]) -> Crops:
        samples, lights = zip(*(on_device.viewed(self.steps, *row) for row in drawn), strict=True)
        lit = any(choice != on_device.NO_LIGHT for choice in lights)
        return Crops(
            on_device.padded([sample.photo for sample in samples], self.metadata.rule.fill),
            np.stack([sample.crop_keypoints for sample in samples]),
            np.stack([sample.crop_confidence for sample in samples]).astype(np.float32),
            np.stack([sample.sampling.matrix for sample in samples]).astype(np.float32),
            np.array(lights, np.float32) if lit else None,
        )

    def _readable(self, step: int, row: int, numbers: np.ndarray) -> Sample:
        """The person of a row, or the next one whose photo can be read."""
        following = (number for later in count(step + 1) for number in self.mixture.batch(later))
        for number in islice(chain(numbers[row:], following), INSTEAD):
            stored = self.photos.around(int(number), self.poses.samples[number])
            if stored is not None:
                return self._sample(number, stored)
        file, reason = next(iter(self.skipped.items()))
        raise ValueError(
            f"{INSTEAD} persons in a row are in photos that cannot be read, such as {file} ({reason}); "
            "is the folder of the photos there?"
        )

    def sample(self, number: int) -> Sample:
        """A labeled person before any step.

        Raises:
            ValueError: the photo cannot be read.
        """
        stored = self.photos.around(number, self.poses.samples[number])
        if stored is None:
            raise ValueError(f"the photo of person {number} cannot be read")
        return self._sample(number, stored)

    def _sample(self, number: int, stored: Stored) -> Sample:
        person = self.poses.samples[number]
        return Sample(
            photo=stored.pixels,
            kept=stored.affine,
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
        pixels, matrices, lights = (
            None if values is None else torch.from_numpy(values).to(device, non_blocking=True)
            for values in (batch.pixels, batch.matrices, batch.lights)
        )
        if matrices is not None:
            pixels = warp(pixels, matrices, self.metadata.input_size, self.metadata.rule.fill)
        if lights is not None:
            pixels = light(pixels, lights)
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

    def validate(self, network: nn.Module, device: torch.device) -> Look:
        """The figures of COCO, PCK and OKS on the judge's set: given boxes."""
        poses, photos = self.judge
        topdown = TopDown(as_engine(network, device, self.metadata), self.metadata, self.flip)
        return look(topdown, poses, photos.photo, self.first)


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
