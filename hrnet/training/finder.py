"""Learning to find persons: the finder's task."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from hrnet.augment import Light, Sample
from hrnet.augment.batch import normalize
from hrnet.data.cache import PhotoCache
from hrnet.data.pose_set import PoseSet
from hrnet.data.sampler import Mixture
from hrnet.finder.center import PADDING, STRIDE, UNIT, CenterFinder
from hrnet.finder.judge import Findings
from hrnet.geometry import Affine, Box, Size
from hrnet.training.pose import as_engine
from hrnet.weights.checkpoint import Metadata

BLOB = 0.54 / 6  # standard deviation of a center's Gaussian, as a fraction of the box's side (TTFNet, section 3.2)
SMALLEST = 12.0  # input pixels: lower boxes are neither persons nor background
UNLISTED = 0.2  # weight of the background in photos that may show people without a label
ZOOM = (0.6, 1.7)  # of the whole photo fitted into the input
OPERATING_PRECISION = 0.75  # the threshold is put where this share of the found boxes is right


@dataclass(frozen=True, eq=False)
class Views:
    """One batch: uint8 (N, H, W, 3); boxes (N, M, 4) as x1, y1, x2, y2 in input pixels, M those of the fullest photo;
    what each row is: 0 nothing, 1 a person, 2 a region to ignore; and the weight of each photo's background (N,)."""

    pixels: np.ndarray
    boxes: np.ndarray
    kind: np.ndarray
    background: np.ndarray


class FinderTask:
    """Photos of a set with the boxes of their persons, zoomed, moved, mirrored, lit.

    Args:
        mixture: which photos (places in poses.photos) make up each step.
        judge: the set on whose tall persons recall is measured, with its photos.
        precise: the same for precision: photos that list everybody.
    Raises:
        ValueError: a photo to be judged on cannot be read.
    """

    def __init__(
        self,
        poses: PoseSet,
        photos: PhotoCache,
        mixture: Mixture,
        batch_size: int,
        metadata: Metadata,
        judge: tuple[PoseSet, PhotoCache],
        precise: tuple[PoseSet, PhotoCache],
        zoom: tuple[float, float] = ZOOM,
        light: Light | None = None,
        seed: int = 0,
    ) -> None:
        judge[1].must_be_whole()
        precise[1].must_be_whole()
        self.poses, self.photos, self.mixture, self.batch_size = poses, photos, mixture, batch_size
        self.metadata, self.judge, self.precise = metadata, judge, precise
        self.zoom, self.light, self.seed = zoom, light or Light(), seed

    @property
    def skipped(self) -> Mapping[str, str]:
        """Photos that cannot be read, and why."""
        return self.photos.broken

    def batch(self, step: int, rank: int = 0, ranks: int = 1) -> Views:
        rows, size = range(rank, self.batch_size, ranks), self.metadata.input_size
        places = self.mixture.batch(step)[rank::ranks]
        most = max(1, *(len(self.poses.by_photo[place]) for place in places))
        made = Views(
            np.empty((len(rows), *size, 3), np.uint8),
            np.zeros((len(rows), most, 4), np.float32),
            np.zeros((len(rows), most), np.int64),
            np.ones(len(rows), np.float32),
        )
        for n, (row, place) in enumerate(zip(rows, places, strict=True)):
            self._view(place, np.random.default_rng([self.seed, step, row]), made, n)
        return made

    def _view(self, place: int, rng: np.random.Generator, made: Views, row: int) -> None:
        photo, size = self.photos.photo(place), self.metadata.input_size
        affine = view(photo.shape[:2], size, np.exp(rng.uniform(*np.log(self.zoom))), rng.uniform(0, 1, 2))
        if rng.random() < 0.5:
            affine = Affine.mirror(size[1]) @ affine
        crop = affine.warp(photo, size)
        inside = affine.warp(np.full(photo.shape[:2], 255, np.uint8), size)
        crop[inside < 128] = PADDING
        made.pixels[row] = self._lit(crop, rng)
        made.background[row] = 1.0 if self.poses.photos[place].complete else UNLISTED
        for n, number in enumerate(self.poses.by_photo[place]):
            person = self.poses.samples[number]
            box = person.box
            corners = affine.apply(np.array([[box.x, box.y], [box.x + box.w, box.y + box.h]]))
            low, high = np.clip(np.sort(corners, axis=0), 0, [size[1] - 1, size[0] - 1])
            shown = (high - low).prod() / max(np.ptp(corners, axis=0).prod(), 1e-9)
            if shown < 0.05:
                continue
            learned = not person.ignore and shown > 0.3 and high[1] - low[1] >= SMALLEST
            made.boxes[row, n] = *low, *high
            made.kind[row, n] = 1 if learned else 2

    def _lit(self, crop: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        sample = Sample(
            photo=crop,
            skeleton=self.poses.skeleton,
            input_size=self.metadata.input_size,
            box=Box(0, 0, *crop.shape[1::-1]),
            keypoints=np.zeros((len(self.poses.skeleton), 3), np.float32),
            confidence=np.zeros(len(self.poses.skeleton), np.float32),
            crop=crop,
        )
        return self.light.apply(sample, self.light.draw(rng, sample)).crop

    def loss(self, network: nn.Module, batch: Views, device: torch.device) -> Tensor:
        pixels, boxes, kind, background = (
            torch.from_numpy(values).to(device, non_blocking=True)
            for values in (batch.pixels, batch.boxes, batch.kind, batch.background)
        )
        cells = network(normalize(pixels, self.metadata.mean, self.metadata.std)).float()
        return center_loss(cells, boxes, kind, background)

    def validate(self, network: nn.Module, device: torch.device) -> Mapping[str, float]:
        """Recall of tall persons at the threshold that gives OPERATING_PRECISION, that threshold, and the precision."""
        run = as_engine(network, device, self.metadata)
        finder = CenterFinder(run, self.metadata.input_size, threshold=0.05)
        judged, precise = (_findings(finder, *part) for part in (self.judge, self.precise))
        for threshold in np.arange(0.1, 0.9, 0.02):
            exact = precise.above(threshold).precision
            if exact >= OPERATING_PRECISION:
                break
        found = judged.above(threshold).recall
        return {"recall": found, "precision": exact, "threshold": float(threshold)}


def _findings(finder: CenterFinder, poses: PoseSet, photos: PhotoCache) -> Findings:
    return Findings.of(finder([photos.photo(place) for place in range(len(poses.photos))]), poses)


def view(photo_size: Size, input_size: Size, zoom: float, place: np.ndarray) -> Affine:
    """The photo fitted into the input, times `zoom`; `place` (0 to 1 along x and y) says where it lies if there is
    room, or which part of it is seen if there is not."""
    (h, w), (height, width) = photo_size, input_size
    scale = zoom * min(height / h, width / w)
    free = np.array([width - w * scale, height - h * scale])
    return Affine.translation(*(free * place)) @ Affine.scaling(scale, scale)


def center_loss(cells: Tensor, boxes: Tensor, kind: Tensor, background: Tensor) -> Tensor:
    """Focal loss of the centers (arXiv 1904.07850, equation 1) and generalized IoU of the boxes around them, weighted
    by the same Gaussian (arXiv 1909.00700, equation 7).

    Args:
        cells: (N, 5, h, w). boxes: (N, M, 4) in input pixels. kind: (N, M). background: (N,). See `Views`.
    """
    n, _, h, w = cells.shape
    xs, ys = (torch.arange(length, device=cells.device) * STRIDE + (STRIDE - 1) / 2 for length in (w, h))
    blobs = _blobs(boxes, xs, ys) * (kind == 1)[..., None, None]  # (N, M, h, w), exactly 1 in the center's cell
    target, owner = blobs.max(dim=1)  # (N, h, w)
    inside = ((xs >= boxes[..., 0:1]) & (xs <= boxes[..., 2:3]))[..., None, :] & (
        (ys >= boxes[..., 1:2]) & (ys <= boxes[..., 3:4])
    )[..., :, None]
    ignored = (inside & (kind == 2)[..., None, None]).any(dim=1) & (target < 0.05)

    logit = cells[:, 0]
    score = logit.sigmoid()
    center = target >= 1
    hit = -F.logsigmoid(logit) * (1 - score).square()
    miss = -F.logsigmoid(-logit) * score.square() * (1 - target).pow(4) * background[:, None, None] * ~ignored
    persons = (kind == 1).sum().clamp(min=1)
    centers = torch.where(center, hit, miss).sum() / persons

    own = torch.gather(boxes, 1, owner.flatten(1)[..., None].expand(-1, -1, 4))  # (N, h * w, 4)
    weight = target.flatten(1) * (target.flatten(1) > 0.3)
    reach = cells[:, 1:].flatten(2).clamp(max=5.0).exp() * UNIT  # (N, 4, h * w)
    x, y = xs.repeat(h), ys.repeat_interleave(w)
    said = torch.stack([x - reach[:, 0], y - reach[:, 1], x + reach[:, 2], y + reach[:, 3]], dim=-1)
    return centers + 2.0 * ((1 - giou(said, own)) * weight).sum() / weight.sum().clamp(min=1)


def _blobs(boxes: Tensor, xs: Tensor, ys: Tensor) -> Tensor:
    """(N, M, h, w): a Gaussian around the cell that each box's middle falls into."""
    profiles = []
    for axis, places in enumerate((xs, ys)):
        low, high = boxes[..., axis], boxes[..., axis + 2]
        cell = ((low + high) / 2 / STRIDE).floor().clamp(0, len(places) - 1) * STRIDE + (STRIDE - 1) / 2
        sigma = ((high - low) * BLOB).clamp(min=STRIDE / 2)
        profiles.append(torch.exp(-((places - cell[..., None]) ** 2) / (2 * sigma[..., None] ** 2)))
    along_x, along_y = profiles
    return along_y[..., :, None] * along_x[..., None, :]


def giou(a: Tensor, b: Tensor) -> Tensor:
    """Generalized IoU (arXiv 1902.09630) of boxes (..., 4) as x1, y1, x2, y2; from -1 to 1."""
    low, high = torch.maximum(a[..., :2], b[..., :2]), torch.minimum(a[..., 2:], b[..., 2:])
    shared = (high - low).clamp(min=0).prod(dim=-1)
    union = (a[..., 2:] - a[..., :2]).prod(dim=-1) + (b[..., 2:] - b[..., :2]).prod(dim=-1) - shared
    hull = (torch.maximum(a[..., 2:], b[..., 2:]) - torch.minimum(a[..., :2], b[..., :2])).prod(dim=-1)
    return shared / union.clamp(min=1e-6) - (hull - union) / hull.clamp(min=1e-6)
