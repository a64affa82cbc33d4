"""A set, and finished runs of it as they lie on the disk, without a training: tiny networks with drawn numbers."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import numpy as np
from studio_fixtures import POSE_HEAD, drawn

from hrnet import image
from hrnet.geometry import OFFICIAL
from hrnet.sets import LabelSet, Sets, Thing, bring
from hrnet.skeleton import Skeleton
from hrnet.spec import W8
from hrnet.weights import Figure, Metadata, save

LAMP = Skeleton(
    "lamp", ("base", "hinge", "left_rim", "right_rim"), limbs=((0, 1), (1, 2), (1, 3)), flip_pairs=((2, 3),)
)
SIZE = (120, 160)  # of the pictures
PICTURES, EVERY = 9, 3  # every third is held out
FIGURE = Figure("PCK", 61.5, "lamps, held out (3 photos)", "given", True, True, "python -m train finetune_small")


def labeled_set(home: Path, name: str = "my lamps", skeleton: Skeleton = LAMP, count: int = PICTURES) -> LabelSet:
    """Pictures of blobs, one thing labeled in each, in `home`/sets."""
    folder = home / "brought"
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(count):
        coarse = np.random.default_rng(number).integers(0, 256, (6, 8, 3), np.uint8)
        image.write(folder / f"{number}.png", np.kron(coarse, np.ones((20, 20, 1), np.uint8)))
    labels = Sets(home / "sets").create(name, skeleton)
    bring.bring(labels, folder)
    for number, (id, picture) in enumerate(labels.pictures.items()):
        points = np.random.default_rng(100 + number).uniform(30, 100, (len(skeleton), 2))
        keypoints = np.column_stack([points, np.full(len(skeleton), 2)])
        labels.stroke(id, picture.revision, [Thing(keypoints)])
    labels.set_split({id: "train" if n % EVERY else "val" for n, id in enumerate(labels.pictures)})
    return labels


def taught_run(home: Path, labels: LabelSet, token: str, *, title: str = "", sign: int = 1, **recipe) -> Path:
    """A finished run of a set, in `home`/runs; with another sign its network gives other answers."""
    folder = home / "runs" / token
    (folder / "run" / "seen").mkdir(parents=True)
    labels.export(folder / "data.zip")
    with zipfile.ZipFile(folder / "data.zip") as archive:
        archive.extractall(folder / "data")
    (folder / "data.zip").unlink()
    request = {"set": labels.token, "name": labels.name, "title": title, "options": ["--steps", "9"], "device": "cpu"}
    (folder / "request.json").write_text(json.dumps(request | {"created": 1_700_000_000.0}))
    for name in ("queued", "pid"):
        (folder / name).touch()
    told = {"recipe": "finetune_small", "start": "pose", "seed": 1, "training": "train", "judging": "val"}
    (folder / "run" / "recipe.json").write_text(json.dumps(told | recipe))
    events = [
        {"event": "started", "time": 10.0, "step": 0, "steps": 9, "device": "cpu", "precision": "float32"},
        {"event": "validated", "time": 20.0, "step": 9, "figures": {"PCK": 0.615}, "best": True, "joints": {}},
        {"event": "finished", "time": 21.0, "step": 9, "figures": {"PCK": 0.615}},
    ]
    (folder / "run" / "events.jsonl").write_text("".join(json.dumps(event) + "\n" for event in events))
    skeleton = labels.skeleton
    metadata = Metadata("pose", W8, skeleton, (64, 64), OFFICIAL, figures=(FIGURE,), license="Apache-2.0")
    tensors = drawn(W8, len(skeleton), POSE_HEAD)
    tensors["final_layer.weight"] *= sign
    save(folder / "run" / "best.safetensors", tensors, metadata)
    return folder
