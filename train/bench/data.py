"""Training samples a second and core, from JPEG files or a cache, beside the plain pipeline of one sample at a time."""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch

from hrnet.augment import Sample, presets
from hrnet.augment.batch import gaussian_targets
from hrnet.data.cache import PhotoCache
from hrnet.data.crops import PersonCrops
from hrnet.data.pose_set import LabeledPerson, PhotoFile, PoseSet
from hrnet.data.sampler import TOGETHER, Mixture
from hrnet.data.source import Source
from hrnet.data.stream import PhotoStream
from hrnet.geometry import Size
from hrnet.scenes import draw_scene
from hrnet.skeleton import COCO_17
from hrnet.spec import W32
from hrnet.training.pose import PoseTask
from hrnet.weights.checkpoint import Metadata
from train.bench.timing import interleaved, machine

PHOTO: Size = (480, 640)
PERSONS = 3  # in each photo
INPUT: Size = (256, 192)
BATCH = 64
STEPS = TOGETHER * PERSONS // BATCH  # of one group of photos, each decoded once: what is timed is whole groups
SCENES = 8  # drawn; every photo is one of them with its own grain
# Gray levels of grain, so that files are as large as those of COCO train2017, 19.3 GB / 118,287 = 163 kB, and as slow
# to decode: cocodataset.org, "18GB" in binary units.
GRAIN = 18
QUALITY = 90
PHOTOS = 3 * TOGETHER
MEMORY = int(1.5 * TOGETHER) * PHOTO[0] * PHOTO[1] * 3  # of the stream: half of the photos at most
SEED = 5
PRESET = presets.official

EXPLAINED = """
sent       what a core does where a device trains: decode or gather, draw, warp; uint8 pixels and joints leave it.
input      the same and, on the same core, normalized floats and target heatmaps: all that the network's step needs.
           The plain pipeline makes these in any case.
The device does the warp, the normalization and the targets behind "crops with a margin, the device warps".
Files lie in the memory of the operating system: no disk is waited for. The cache is made before, which is not timed.
Goals: photos decoded once at least 4x, crops from a cache at least 7x."""


def add_to(commands: argparse._SubParsersAction) -> None:
    parser = commands.add_parser(
        "data", help="photos in, batches out", formatter_class=argparse.ArgumentDefaultsHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=5, help="interleaved rounds; medians are printed")
    parser.add_argument("--photos", type=int, default=PHOTOS, help="that are made, in a temporary folder")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    if min(args.rounds, args.photos) < 1:
        raise ValueError(f"rounds and photos are numbers from 1, got {args.rounds} and {args.photos}")
    with tempfile.TemporaryDirectory() as folder, one_thread():
        poses = made(Path(folder), args.photos)
        size = np.mean([photo.path.stat().st_size for photo in poses.photos]) / 1000
        print(
            f"JPEG photos of {PHOTO[1]}x{PHOTO[0]} ({size:.0f} kB) with {PERSONS} persons each, input "
            f"{INPUT[0]}x{INPUT[1]}, batch {BATCH}, augmentation {PRESET.name!r}"
        )
        print(
            f"{machine()}; one thread (OpenCV 1, torch 1); processor time, medians of {args.rounds} interleaved "
            "rounds\n"
        )
        times = interleaved(ways(poses, Path(folder)), args.rounds, time.process_time)
    print(f"{'way':<50}{'up to':<8}{'ms a sample':>12}{'samples/s':>11}{'ratio':>8}")
    samples, plain = STEPS * BATCH, next(iter(times.values()))
    for name, milliseconds in times.items():
        way, what = name.split(" | ")
        speed = 1000 * samples / milliseconds
        print(f"{way:<50}{what:<8}{milliseconds / samples:>12.3f}{speed:>11.0f}{plain / milliseconds:>7.1f}x")
    print(EXPLAINED)
    return 0


@contextmanager
def one_thread() -> Iterator[None]:
    """OpenCV and torch compute with one thread each; what was set before is set again afterwards."""
    before = cv2.getNumThreads(), torch.get_num_threads()
    cv2.setNumThreads(1)
    torch.set_num_threads(1)
    try:
        yield
    finally:
        cv2.setNumThreads(before[0])
        torch.set_num_threads(before[1])


def made(folder: Path, count: int) -> PoseSet:
    """Photos of drawn people in files, each with a grain of its own, and their labels."""
    photos: list[PhotoFile] = []
    samples: list[LabeledPerson] = []
    scenes = [draw_scene(np.random.default_rng([SEED, n]), PHOTO, people=PERSONS) for n in range(min(SCENES, count))]
    grain = np.random.default_rng(SEED).normal(0, GRAIN, (2 * PHOTO[0], PHOTO[1], 3))
    for number in range(count):
        scene = scenes[number % len(scenes)]
        top = number * PHOTO[0] // count
        photo = np.clip(scene.photo + grain[top : top + PHOTO[0]], 0, 255).astype(np.uint8)
        path = folder / f"{number}.jpg"
        path.write_bytes(cv2.imencode(".jpg", photo[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, QUALITY])[1].tobytes())
        photos.append(PhotoFile(number, path, size=PHOTO))
        for box, keypoints in zip(scene.boxes, scene.keypoints, strict=True):
            trust = (keypoints[:, 2] > 0).astype(np.float32)
            samples.append(LabeledPerson(len(samples), number, box, keypoints, trust))
    return PoseSet(COCO_17, tuple(photos), tuple(samples))


def ways(poses: PoseSet, folder: Path) -> dict[str, Callable[[], object]]:
    """Each call makes the next STEPS batches of its way. The plain pipeline comes first."""
    persons = [number for number, person in enumerate(poses.samples) if person.labeled]
    mixed = Mixture([persons], [1.0], BATCH, SEED)
    by_photo = Mixture([persons], [1.0], BATCH, SEED, photos=[person.photo for person in poses.samples])
    crops = PersonCrops.of(poses, folder / "crops", INPUT)
    judge = poses, PhotoCache.of([], folder / "none")

    def task(photos: Source, mixture: Mixture, device_warp: bool = False) -> PoseTask:
        metadata = Metadata("pose", W32, COCO_17, INPUT, PRESET.rule, "quarter")
        sigma = PRESET.sigma_at(INPUT)
        return PoseTask(
            poses, photos, mixture, BATCH, PRESET.augment, metadata, sigma, PRESET.kind, judge, device_warp=device_warp
        )

    # one each: the second would find decoded what the first has left
    stream, other = (task(PhotoStream(poses.photos, MEMORY), by_photo) for _ in range(2))
    cached = task(crops, mixed)
    gathered = task(crops, mixed, device_warp=True)
    made = {
        "plain: a file decoded for every person | input": Plain(task(crops, mixed)).batch,
        "a photo decoded once for all its persons | input": lambda step: whole(stream, step),
        "a photo decoded once for all its persons | sent": other.batch,
        "crops with a margin from a cache | input": lambda step: whole(cached, step),
        "crops with a margin from a cache | sent": cached.batch,
        "crops with a margin, the device warps | sent": gathered.batch,
    }
    return {name: Steps(make) for name, make in made.items()}


@dataclass
class Steps:
    """Makes batch after batch, STEPS of them in a call. Every batch is gone before the next one is made."""

    make: Callable[[int], object]
    step: int = 0

    def __call__(self) -> None:
        for _ in range(STEPS):
            self.make(self.step)
            self.step += 1


def whole(task: PoseTask, step: int) -> tuple[torch.Tensor, ...]:
    """The network's input, target heatmaps and weights of a batch, as `PoseTask.loss` makes them."""
    cpu = torch.device("cpu")
    batch = task.batch(step)
    keypoints = torch.from_numpy(batch.keypoints)
    target, drawn = gaussian_targets(keypoints[..., :2], keypoints[..., 2], INPUT, task.sigma, task.kind)
    return task.inputs(batch, cpu), target, drawn * torch.from_numpy(batch.confidence)


class Plain:
    """One sample after the other, as the published loader does it: lib/dataset/JointsDataset.py of
    leoxiaobin/deep-high-resolution-net.pytorch. Read, warp, torchvision's ToTensor and Normalize, a patch of a Gaussian
    into each map, and at last torch's own collation. What is drawn, and from which numbers, is as in our ways."""

    def __init__(self, task: PoseTask) -> None:
        from torchvision import transforms

        self.task = task
        metadata = task.metadata
        self.view = presets.Compose(PRESET.augment.steps[:-1])  # all but the Warp: numbers, no pixels
        self.to_input = transforms.Compose([transforms.ToTensor(), transforms.Normalize(metadata.mean, metadata.std)])

    def batch(self, step: int) -> list[torch.Tensor]:
        numbers = self.task.mixture.batch(step)
        rows = [self.sample(number, [self.task.seed, step, row]) for row, number in enumerate(numbers)]
        return torch.utils.data.default_collate(rows)

    def sample(self, number: int, seed: list[int]) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        poses = self.task.poses
        person = poses.samples[number]
        path = str(poses.photos[person.photo].path)
        photo = cv2.imread(path, cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION)
        photo = cv2.cvtColor(photo, cv2.COLOR_BGR2RGB)
        sample = Sample(photo, poses.skeleton, INPUT, person.box, person.keypoints, person.confidence, PRESET.rule)
        sample = self.view(sample, np.random.default_rng(seed))
        crop = cv2.warpAffine(photo, sample.affine.matrix, INPUT[::-1], flags=cv2.INTER_LINEAR)
        target, weights = patches(sample.crop_keypoints, self.task.sigma)
        return self.to_input(crop), torch.from_numpy(target), torch.from_numpy(weights * sample.crop_confidence)


def patches(keypoints: np.ndarray, sigma: float) -> tuple[np.ndarray, np.ndarray]:
    """Targets (K, h, w) and weights (K,) joint by joint: generate_target of the same file."""
    h, w = INPUT[0] // 4, INPUT[1] // 4
    target = np.zeros((len(keypoints), h, w), np.float32)
    weights = (keypoints[:, 2] > 0).astype(np.float32)
    radius = 3 * sigma
    for joint, (x, y, _) in enumerate(keypoints):
        if not weights[joint]:
            continue
        x, y = int(x / 4 + 0.5), int(y / 4 + 0.5)
        left, top, right, bottom = int(x - radius), int(y - radius), int(x + radius + 1), int(y + radius + 1)
        if left >= w or top >= h or right < 0 or bottom < 0:
            weights[joint] = 0
            continue
        across = np.arange(0, 2 * radius + 1, 1, np.float32)
        down = across[:, None]
        middle = (2 * radius + 1) // 2
        patch = np.exp(-((across - middle) ** 2 + (down - middle) ** 2) / (2 * sigma**2))
        inside_x, inside_y = slice(max(0, left), min(right, w)), slice(max(0, top), min(bottom, h))
        from_x, from_y = (
            slice(inside_x.start - left, inside_x.stop - left),
            slice(inside_y.start - top, inside_y.stop - top),
        )
        target[joint, inside_y, inside_x] = patch[from_y, from_x]
    return target, weights
