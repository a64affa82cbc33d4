"""Sets and processes for the tests of runs: drawn pictures, and programs that behave like a training in some way."""

from __future__ import annotations

import io
import json
import sys
import time
import zipfile
from pathlib import Path

import numpy as np

from apps.runs import Runs, devices, process
from hrnet import image

JOINTS = ("base", "hinge", "tip")
SIZE = (64, 80)

# What a training does to its folder, in a few lines: it writes its events, one a tenth of a second, until it is told
# to end. argv: the folder, what to do at the end.
ACTING = """
import json, signal, sys, time
from pathlib import Path
run, how = Path(sys.argv[1]), sys.argv[2]
run.mkdir(exist_ok=True)
asked = []
signal.signal(signal.SIGTERM, lambda *_: asked.append(1))
def record(event, step, **more):
    with (run / "events.jsonl").open("a") as file:
        file.write(json.dumps({"event": event, "time": time.time(), "step": step, **more}) + chr(10))
record("started", 0, steps=6000, device="cpu", precision="float32", batch_size=4)
for step in range(1, 6001):
    time.sleep(0.1 if how == "on" else 0.02)
    record("stepped", step, loss=1 / step, learning_rate=0.1, samples_per_second=50.0, memory_mb=9.0, seconds_left=2.0)
    if asked:
        record("stopped", step, reason=f"asked to by the signal TERM; the same command goes on from step {step}")
        sys.exit(1)
    if how != "on":
        break
if how == "finish":
    record("finished", 1, figures={"PCK": 0.5})
elif how == "memory":
    record("stopped", 1, reason="out of memory at step 2 (4 examples at a time do not fit). Try accumulate=2")
    sys.exit(1)
elif how == "line":
    print("train: 0 photos with labels are too few to learn and be judged; label 4 or more", file=sys.stderr)
    sys.exit(2)
elif how == "crash":
    raise LookupError("photo 3")
"""


class LittleSet:
    """A set of drawn pictures with three joints, as `hrnet.sets.LabelSet` exports one."""

    def __init__(self, token: str = "s" * 22, count: int = 6, labels: bool = True) -> None:
        self.token, self.name, self.count, self.labels = token, "lamps", count, labels

    def export(self, path: Path) -> None:
        images, annotations = [], []
        with zipfile.ZipFile(path, "w") as archive:
            for number in range(1, self.count + 1):
                rng = np.random.default_rng(number)
                photo = rng.integers(0, 255, (*SIZE, 3), dtype=np.uint8)
                archive.writestr(f"images/{number}.png", image.encode(photo, "png"))
                split = "val" if number % 3 == 0 else "train"
                size = {"height": SIZE[0], "width": SIZE[1]}
                images.append({"id": number, "file_name": f"images/{number}.png", "split": split, **size})
                points = rng.uniform(10, 50, (len(JOINTS), 2))
                keypoints = [value for x, y in points for value in (x, y, 2 if self.labels else 0)]
                common = {"id": number, "image_id": number, "category_id": 1, "iscrowd": 0}
                annotations.append({**common, "keypoints": keypoints, "bbox": [5, 5, 50, 50], "area": 2500})
            category = {"id": 1, "name": "lamp", "keypoints": JOINTS, "skeleton": [[1, 2], [2, 3]]}
            values = {"images": images, "annotations": annotations, "categories": [category]}
            text = io.StringIO()
            json.dump(values, text)
            archive.writestr("annotations.json", text.getvalue())


def acting(monkeypatch, how: str = "on") -> None:
    """Instead of a training, a program that behaves like one that goes `how`: on, finish, memory, line, crash."""
    monkeypatch.setattr(devices, "gpus", lambda: ())
    monkeypatch.setattr(process, "command", lambda run, device: [sys.executable, "-c", ACTING, str(run.run), how])


def made(folder: Path, **how: object) -> Runs:
    """The runs of a folder; every token is that of a little set."""
    return Runs(folder, lambda token: LittleSet(token, **how))


def until(condition, seconds: float = 20.0) -> None:
    """Wait for something to become true."""
    patience = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < patience, f"not within {seconds} seconds"
        time.sleep(0.01)
