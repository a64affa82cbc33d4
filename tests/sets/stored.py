"""Small sets that tests bring, label and break."""

import json
import zipfile
from pathlib import Path

import numpy as np

from hrnet import image
from hrnet.sets import Thing
from hrnet.skeleton import Skeleton

HEIGHT, WIDTH = 60, 80
LAMP = Skeleton.of(["base", "elbow", "left_lamp", "right_lamp"], name="lamp", limbs=[(0, 1)])


def photo(path, number=0):
    """A picture that is unlike those of other numbers."""
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.full((HEIGHT, WIDTH, 3), 128, np.uint8)
    pixels[:8, :8] = number * 7 % 256, number % 256, number // 256
    image.write(path, pixels)
    return path


def photos(folder, count):
    return [photo(folder / f"picture_{n:03d}.png", n) for n in range(count)]


def packed(path, members):
    """A zip of texts, bytes, and files under their names."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            if isinstance(content, Path):
                archive.write(content, name)
            else:
                archive.writestr(name, content)
    return path


def thing(x=10.0, y=20.0, joints=4, **more):
    """One whose joints stand in a row."""
    keypoints = np.array([(x + 5 * n, y + 3 * n, 1 + n % 2) for n in range(joints)])
    return Thing(keypoints, **more)


def coco(names, joints=LAMP.joints, people=None, **more):
    """COCO keypoints: one thing in each picture, or as `people` says: (image id, keypoints) each."""
    flat = [float(value) for point in thing(joints=len(joints)).keypoints.tolist() for value in point]
    people = [(n, flat) for n in range(1, len(names) + 1)] if people is None else people
    return json.dumps(
        {
            "images": [
                {"id": n, "file_name": name, "width": WIDTH, "height": HEIGHT} for n, name in enumerate(names, 1)
            ],
            "annotations": [
                {
                    "id": n,
                    "image_id": one,
                    "category_id": 1,
                    "keypoints": keypoints,
                    "bbox": [5, 5, 40, 40],
                    "area": 900,
                }
                for n, (one, keypoints) in enumerate(people, 1)
            ],
            "categories": [{"id": 1, "name": "lamp", "keypoints": list(joints), "skeleton": [[1, 2]], **more}],
        }
    )


def labeled_zip(folder, count=3, first=0, name="lamps.zip", **more):
    """A COCO zip with that many pictures, each with one thing."""
    files = {f"images/p{n}.png": photo(folder / f"src_{n}.png", n) for n in range(first, first + count)}
    names = [member.removeprefix("images/") for member in files]
    return packed(folder / name, {"labels.json": coco(names, **more), **files})


def below(folder):
    """The files below a folder."""
    return sorted(path.relative_to(folder).as_posix() for path in Path(folder).rglob("*") if path.is_file())
