"""Milliseconds per photo, split into find, crop, network and decode, beside one person at a time in plain torch.

Then the whole way of a file with four persons, as `python -m hrnet predict --out` goes it.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

import hrnet
from hrnet import draw, image
from hrnet.estimator import person
from hrnet.geometry import Box, crop_affine
from hrnet.topdown import TopDown
from hrnet.weights import load as load_weights
from hrnet.weights.checkpoint import Metadata
from train.bench.timing import interleaved, machine

PERSONS = (1, 4, 16)
ON_THE_WAY = 4  # persons on the photo of the whole way
PHOTO = (480, 640)  # height, width
SEED = 5


def add_to(commands: argparse._SubParsersAction) -> None:
    parser = commands.add_parser(
        "predict", help="photos in, people out", formatter_class=argparse.ArgumentDefaultsHelpFormatter
    )
    parser.add_argument("--weights", default="default", help="pose weights; the same in both ways")
    parser.add_argument("--rounds", type=int, default=20, help="interleaved rounds; medians are printed")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    tensors, metadata = load_weights(args.weights)
    plain = Plain(tensors, metadata)
    ways = {precision: hrnet.load(args.weights, precision=precision) for precision in ("exact", "fast")}
    finder = ways["exact"].finder
    print(f"{metadata.spec.name} {metadata.input_size[0]}x{metadata.input_size[1]}, photo {PHOTO[1]}x{PHOTO[0]}")
    print(f"{machine()}; medians of {args.rounds} interleaved rounds, milliseconds per photo\n")
    header = ("persons", "way", "find", "crop", "network", "decode", "pose in all", "ratio", "crop+decode ratio")
    print("  ".join(f"{name:>11}" for name in header))
    for persons in PERSONS:
        photo, boxes = drawn(persons)
        parts = {name: Parts(estimator.topdown, photo, boxes) for name, estimator in ways.items()}
        calls = {"find": lambda photo=photo: finder([photo])}
        for name, part in {**parts, "plain": plain.parts(photo, boxes)}.items():
            calls |= {f"{name} crop": part.crop, f"{name} network": part.network, f"{name} decode": part.decode}
        times = interleaved(calls, args.rounds)
        total = {w: sum(times[f"{w} {p}"] for p in ("crop", "network", "decode")) for w in (*parts, "plain")}
        edges = {w: times[f"{w} crop"] + times[f"{w} decode"] for w in total}
        for way in ("plain", *parts):
            label = way if way == "plain" else f"{way} {ways[way].topdown.network.precision}"
            cells = [times["find"], *(times[f"{way} {part}"] for part in ("crop", "network", "decode")), total[way]]
            ratios = (total["plain"] / total[way], edges["plain"] / edges[way])
            print("  ".join([f"{persons:>11}", f"{label:>11.11}", *(f"{v:>11.2f}" for v in cells),
                             *(f"{r:>10.2f}x" for r in ratios)]))  # fmt: skip
    with tempfile.TemporaryDirectory(prefix="hrnet-bench-") as folder:
        times = interleaved(whole_way(ways["exact"], Path(folder)), args.rounds)
    print(f"\nfrom a JPEG with {ON_THE_WAY} persons to the drawn one, as in `python -m hrnet predict --out`: ", end="")
    print(*(f"{name} {time:.1f}" for name, time in times.items()), f"in all {sum(times.values()):.1f}", sep=", ")
    return 0


def whole_way(estimator: hrnet.Estimator, folder: Path) -> dict[str, Callable[[], object]]:
    """Each part of the way from one file to the other, on what the part before gave.

    The persons are those of the drawing and not those that the finder makes of it, so that there are always as many.
    """
    photo, boxes = drawn(ON_THE_WAY)
    (poses,) = estimator.topdown([photo], [boxes])
    people = [person(box, keypoints) for box, keypoints in zip(boxes, poses, strict=True)]
    here, there = folder / "photo.jpg", folder / "drawn.jpg"
    image.write(here, photo)
    return {
        "read": lambda: image.read(here),
        "find": lambda: estimator.finder([photo]),
        "pose": lambda: estimator.topdown([photo], [boxes]),
        "draw": lambda: draw.people(photo, people, estimator.skeleton),
        "write": lambda: image.write(there, photo),
    }


def drawn(persons: int) -> tuple[np.ndarray, list[Box]]:
    """A drawn photo with that many people, and their boxes."""
    from hrnet.scenes import draw_scene

    scene = draw_scene(np.random.default_rng(SEED), PHOTO, people=persons)
    return scene.photo, list(scene.boxes)


@dataclass
class Parts:
    """The three parts of our way, each on what the part before gave."""

    topdown: TopDown
    photo: np.ndarray
    boxes: list[Box]

    def __post_init__(self) -> None:
        self.crops, self.affines = self.crop()
        self.heatmaps = self.network()

    def crop(self):
        return self.topdown.crop([self.photo] * len(self.boxes), self.boxes)

    def network(self) -> np.ndarray:
        return self.topdown.heatmaps(self.crops)

    def decode(self) -> np.ndarray:
        return self.topdown.decode(self.heatmaps, self.affines)


class Plain:
    """The way the published demo does it: one person at a time, floats from the start, torch in single precision, and
    every map decoded by itself.

    Sources: demo/inference.py and lib/core/inference.py of leoxiaobin/deep-high-resolution-net.pytorch, the latter as
    ilovepose/DarkPose extends it. Where they take longer than they must (crops normalized by torchvision in one
    thread, maps copied twice, matrices of numpy.matrix), the quicker form of the same arithmetic is taken here.
    """

    def __init__(self, tensors: dict[str, np.ndarray], metadata: Metadata) -> None:
        import torch
        from torchvision import transforms

        from hrnet.network import HRNet

        self.torch, self.metadata = torch, metadata
        self.model = HRNet(metadata.spec, metadata.joints).eval()
        self.model.load_state_dict({name: torch.from_numpy(value) for name, value in tensors.items()})
        self.to_input = transforms.Compose([transforms.ToTensor(), transforms.Normalize(metadata.mean, metadata.std)])

    def parts(self, photo: np.ndarray, boxes: list[Box]) -> PlainParts:
        return PlainParts(self, photo, boxes)


@dataclass
class PlainParts:
    plain: Plain
    photo: np.ndarray
    boxes: list[Box]

    def __post_init__(self) -> None:
        self.inputs = self.crop()
        self.heatmaps = self.network()

    def crop(self) -> list[object]:
        """Each person's crop as a tensor of normalized floats (1, 3, H, W)."""
        metadata = self.plain.metadata
        height, width = metadata.input_size
        inputs = []
        for box in self.boxes:
            affine = crop_affine(box, metadata.input_size, metadata.rule)
            crop = cv2.warpAffine(self.photo, affine.matrix, (width, height), flags=cv2.INTER_LINEAR)
            inputs.append(self.plain.to_input(crop).unsqueeze(0))
        return inputs

    def network(self) -> list[np.ndarray]:
        with self.plain.torch.inference_mode():
            return [self.plain.model(values).numpy() for values in self.inputs]

    def decode(self) -> list[np.ndarray]:
        """Per map: the blur of the whole map, its logarithm, and one Newton step, as DARK publishes it."""
        metadata = self.plain.metadata
        people = []
        for box, heatmaps in zip(self.boxes, self.heatmaps, strict=True):
            to_crop = metadata.rule.heatmap_to_crop(metadata.input_size, heatmaps.shape[2:])
            back = crop_affine(box, metadata.input_size, metadata.rule).inverse() @ to_crop
            people.append(np.array([back.apply(newton(one, metadata.kernel)) for one in heatmaps[0]]))
        return people


def newton(heatmap: np.ndarray, kernel: int) -> np.ndarray:
    """(x, y) of one map's peak by DARK's Taylor step: taylor and gaussian_blur in lib/core/inference.py of
    ilovepose/DarkPose."""
    h, w = heatmap.shape
    y, x = divmod(int(heatmap.argmax()), w)
    border = (kernel - 1) // 2
    padded = np.zeros((h + 2 * border, w + 2 * border))  # in double precision, as published
    padded[border:-border, border:-border] = heatmap
    blurred = cv2.GaussianBlur(padded, (kernel, kernel), 0)[border:-border, border:-border]
    blurred *= heatmap.max() / blurred.max()
    log = np.log(np.maximum(blurred, 1e-10))
    if not (1 < x < w - 2 and 1 < y < h - 2):
        return np.array([x, y], float)
    dx, dy = (log[y, x + 1] - log[y, x - 1]) / 2, (log[y + 1, x] - log[y - 1, x]) / 2
    dxx = (log[y, x + 2] - 2 * log[y, x] + log[y, x - 2]) / 4
    dyy = (log[y + 2, x] - 2 * log[y, x] + log[y - 2, x]) / 4
    dxy = (log[y + 1, x + 1] - log[y - 1, x + 1] - log[y + 1, x - 1] + log[y - 1, x - 1]) / 4
    hessian = np.array([[dxx, dxy], [dxy, dyy]])
    if dxx * dyy - dxy**2 == 0:
        return np.array([x, y], float)
    return np.array([x, y]) - np.linalg.inv(hessian) @ [dx, dy]
