"""Training samples a second and core, from JPEG files or a cache, beside the plain pipeline of one sample at a time."""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch

from hrnet import data
from hrnet.augment import Compose, Sample, presets
from hrnet.augment.batch import gaussian_targets
from hrnet.data.cache import PhotoCache
from hrnet.data.crops import PersonCrops, worth_keeping
from hrnet.data.pose_set import LabeledPerson, PhotoFile, PoseSet
from hrnet.data.sampler import TOGETHER, Mixture
from hrnet.data.source import Source
from hrnet.data.stream import PhotoStream
from hrnet.geometry import Affine, Box, Size, crop_affine
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
PHOTOS = 4 * TOGETHER
ROOM = 1.25  # times the memory that a group of photos takes
FEWEST = 2 * TOGETHER  # a stream that remembers one group of photos must not find half of the next one there
SCENES = 8  # drawn; every photo is one of them with its own grain
# Gray levels of grain, so that files are as large as those of COCO train2017, 19.3 GB / 118,287 = 163 kB, and as slow
# to decode: cocodataset.org, "18GB" in binary units.
GRAIN = 18
QUALITY = 90
SEED = 5
PRESET = presets.official

EXPLAINED = """
up to "sent": what a core does where a device trains: decode or gather, draw, warp. uint8 pixels and joints leave it,
    and the device normalizes and draws the targets; behind "the device warps" it also makes the crops.
up to "input": that, and on the same core normalized floats and target heatmaps: all that the network's step needs.
    The plain pipeline makes these in any case, so it stands above both.
plain, as published: half of the photos are mirrored as the published loader does it, by a view with a negative step,
    of which OpenCV makes a slow copy. The line below it is the same pipeline with cv2.flip instead.
Processor time of this process, so neighbors count less. Files and cache lie in the memory of the operating system: no
    disk is waited for. The cache is made before, and its making not timed.
Goals beside the published loader: photos decoded once at least 4x, crops from a cache at least 7x. Decoding alone, of
    one photo for {each:.1f} samples, would be {bound:.1f}x: without a cache nothing passes that here."""

Make = Callable[[int], object]


def add_to(commands: argparse._SubParsersAction) -> None:
    parser = commands.add_parser(
        "data", help="photos in, batches out", formatter_class=argparse.ArgumentDefaultsHelpFormatter
    )
    parser.add_argument("--data", type=Path, help="a labeled set of JPEG photos; without it, photos are made")
    parser.add_argument("--split", help="of that set")
    parser.add_argument("--photos", type=int, default=PHOTOS, help="that are made, or taken from the set")
    parser.add_argument("--rounds", type=int, default=5, help="interleaved rounds; medians are printed")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    if args.rounds < 1 or args.photos < FEWEST:
        raise ValueError(f"rounds are a number from 1, photos from {FEWEST}, got {args.rounds} and {args.photos}")
    with tempfile.TemporaryDirectory() as folder, one_thread():
        if args.data:
            poses, name = taken(data.read(args.data, args.split), args.photos), f"photos of {args.data.name}"
            if len(poses.photos) < FEWEST:
                raise ValueError(f"{args.data} has {len(poses.photos)} photos of people, and {FEWEST} are needed")
        else:
            poses, name = made(Path(folder), args.photos), f"JPEG photos of {PHOTO[1]}x{PHOTO[0]}"
        calls = ways(poses, Path(folder))
        samples = BATCH * next(iter(calls.values())).steps
        each = sum(map(worth_keeping, poses.samples)) / len(poses.photos)
        size = np.mean([len(photo.content()) for photo in poses.photos]) / 1000
        print(
            f"{len(poses.photos)} {name} ({size:.0f} kB each) with {each:.1f} persons each, "
            f"input {INPUT[0]}x{INPUT[1]}, batch {BATCH}, augmentation {PRESET.name!r}"
        )
        print(
            f"{machine()}; one thread (OpenCV 1, torch 1); processor time, medians of {args.rounds} interleaved "
            "rounds\n"
        )
        decoding = {"decoding": lambda: [photo.read() for photo in poses.photos[:TOGETHER]]}
        times = interleaved(calls | decoding, args.rounds, time.process_time)
    bound = next(iter(times.values())) / samples / (times.pop("decoding") / TOGETHER / each)
    table(times, samples)
    print(EXPLAINED.format(each=each, bound=bound))
    return 0


def table(times: Mapping[str, float], samples: int) -> None:
    """Prints a line for each way. times: "way | what it makes" -> milliseconds for so many samples, the plain first."""
    print(f"{'way':<50}{'up to':<8}{'ms a sample':>12}{'samples/s':>11}{'ratio':>8}")
    plain = next(iter(times.values()))
    for name, milliseconds in times.items():
        way, what = name.split(" | ")
        speed = 1000 * samples / milliseconds
        print(f"{way:<50}{what:<8}{milliseconds / samples:>12.3f}{speed:>11.0f}{plain / milliseconds:>7.1f}x")


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


# ---- photos ----------------------------------------------------------------------------------------------------------


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


def taken(poses: PoseSet, count: int) -> PoseSet:
    """So many photos with people to learn from, by chance."""
    inhabited = sorted({person.photo for person in poses.samples if worth_keeping(person)})
    chosen = np.random.default_rng(SEED).permutation(inhabited)[:count]
    files = {id(poses.photos[place]) for place in chosen}
    return poses.only(lambda photo: id(photo) in files)


# ---- ways ------------------------------------------------------------------------------------------------------------


@dataclass
class Steps:
    """Each call makes the next `steps` batches. Every batch is gone before the next one is made."""

    make: Make
    steps: int
    step: int = 0

    def __call__(self) -> None:
        for step in range(self.step, self.step + self.steps):
            self.make(step)
        self.step += self.steps


def ways(poses: PoseSet, folder: Path) -> dict[str, Steps]:
    """The plain pipeline comes first.

    Raises:
        ValueError: there are too few persons for a batch, or a photo cannot be read.
    """
    persons = [number for number, person in enumerate(poses.samples) if worth_keeping(person)]
    steps = round(len(persons) / len(poses.photos) * TOGETHER / BATCH)  # that decode one group of photos
    if not steps or len(persons) < BATCH:
        raise ValueError(f"a batch has {BATCH} persons, and these photos have {len(persons)}; take more photos")
    memory = ROOM * TOGETHER * np.mean([photo.read().nbytes for photo in poses.photos[:TOGETHER]])
    mixed = Mixture([persons], [1.0], BATCH, SEED)
    by_photo = Mixture([persons], [1.0], BATCH, SEED, photos=[person.photo for person in poses.samples])
    judge = poses, PhotoCache.of([], folder / "none")
    metadata = Metadata("pose", W32, poses.skeleton, INPUT, PRESET.rule, "quarter")

    def task(photos: Source, mixture: Mixture, device_warp: bool = False) -> PoseTask:
        sigma = PRESET.sigma_at(INPUT)
        return PoseTask(
            poses, photos, mixture, BATCH, PRESET.augment, metadata, sigma, PRESET.kind, judge, device_warp=device_warp
        )

    def stream() -> PoseTask:
        return task(PhotoStream(poses.photos, int(memory)), by_photo)

    crops = PersonCrops.of(poses, folder / "crops", INPUT)
    cached, gathered = task(crops, mixed), task(crops, mixed, device_warp=True)
    made = {
        "plain, as published: a file for every person | input": Plain(cached, flipped_view).batch,
        "the same, mirrored by OpenCV | input": Plain(cached, flipped).batch,
        # a stream each: the second would find decoded what the first has left
        "a photo decoded once for all its persons | input": whole(stream()),
        "a photo decoded once for all its persons | sent": stream().batch,
        "crops with a margin from a cache | input": whole(cached),
        "crops with a margin from a cache | sent": cached.batch,
        "crops with a margin, the device warps | sent": gathered.batch,
    }
    return {name: Steps(make, steps) for name, make in made.items()}


def whole(task: PoseTask) -> Make:
    """Makes the network's input, target heatmaps and weights of a batch, as `PoseTask.loss` does."""
    cpu = torch.device("cpu")

    def make(step: int) -> tuple[torch.Tensor, ...]:
        batch = task.batch(step)
        keypoints = torch.from_numpy(batch.keypoints)
        target, drawn = gaussian_targets(keypoints[..., :2], keypoints[..., 2], INPUT, task.sigma, task.kind)
        return task.inputs(batch, cpu), target, drawn * torch.from_numpy(batch.confidence)

    return make


# ---- the plain pipeline ----------------------------------------------------------------------------------------------


class Plain:
    """One sample after the other, line by line as the published loader does it: __getitem__ of
    lib/dataset/JointsDataset.py of leoxiaobin/deep-high-resolution-net.pytorch, with torchvision's ToTensor and
    Normalize and torch's own collation. Read the file, mirror the photo, warp, normalize, move the joints one by one,
    add a patch of a Gaussian to each map. What is drawn, and from which numbers, is as in our ways.

    Args:
        task: whose examples are made.
        mirror: a photo (H, W, 3) -> its mirror image.
    """

    def __init__(self, task: PoseTask, mirror: Callable[[np.ndarray], np.ndarray]) -> None:
        from torchvision import transforms

        self.task, self.mirror = task, mirror
        metadata = task.metadata
        self.view = Compose(PRESET.augment.steps[:-1])  # all but the Warp: numbers, no pixels
        self.to_input = transforms.Compose([transforms.ToTensor(), transforms.Normalize(metadata.mean, metadata.std)])

    def batch(self, step: int) -> list[torch.Tensor]:
        numbers = self.task.mixture.batch(step)
        rows = [self.sample(number, [self.task.seed, step, row]) for row, number in enumerate(numbers)]
        return torch.utils.data.default_collate(rows)

    def sample(self, number: int, seed: list[int]) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """(3, H, W), (K, h, w) and (K,)."""
        poses = self.task.poses
        person = poses.samples[number]
        photo = opened(poses.photos[person.photo])
        sample = Sample(photo, poses.skeleton, INPUT, person.box, person.keypoints, person.confidence, PRESET.rule)
        sample = self.view(sample, np.random.default_rng(seed))
        box, joints, rotation = sample.box, sample.keypoints.copy(), sample.rotation
        if sample.mirrored:
            photo, last = self.mirror(photo), photo.shape[1] - 1
            joints[:, 0] = last - joints[:, 0]
            joints = joints[poses.skeleton.mirror]
            box, rotation = Box(last - box.x - box.w, box.y, box.w, box.h), -rotation
        affine = crop_affine(box, INPUT, PRESET.rule, rotation, sample.scale)
        if sample.mirrored:  # one pixel to the side, so that examples are those of our ways: see hrnet.augment.presets
            affine = Affine.translation(-1, 0) @ affine
        crop = cv2.warpAffine(photo, affine.matrix, INPUT[::-1], flags=cv2.INTER_LINEAR)
        for joint in np.flatnonzero(joints[:, 2]):
            joints[joint, :2] = affine.matrix @ np.array([*joints[joint, :2], 1.0])
        target, weights = patches(joints, self.task.sigma)
        return self.to_input(crop), torch.from_numpy(target), torch.from_numpy(weights * sample.crop_confidence)


def flipped_view(photo: np.ndarray) -> np.ndarray:
    """As published."""
    return photo[:, ::-1, :]


def flipped(photo: np.ndarray) -> np.ndarray:
    return cv2.flip(photo, 1)


def opened(photo: PhotoFile) -> np.ndarray:
    """uint8 (H, W, 3), RGB.

    Raises:
        ValueError: OpenCV cannot read it.
    """
    flags = cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION
    if photo.member is None:
        pixels = cv2.imread(str(photo.path), flags)
    else:
        pixels = cv2.imdecode(np.frombuffer(photo.content(), np.uint8), flags)
    if pixels is None:
        raise ValueError(f"the plain pipeline cannot read {photo.name}; take a set whose photos are all there, as JPEG")
    return cv2.cvtColor(pixels, cv2.COLOR_BGR2RGB)


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
