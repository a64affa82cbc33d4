"""MPII Human Pose: the JSON that the published code trains on, and the original .mat.

Both count pixels from 1 and give a person as a center and a scale, the height in units of 200 pixels.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import numpy as np

from hrnet.data.coco import any_json
from hrnet.data.pose_set import LabeledPerson, PhotoFile, PoseSet
from hrnet.data.problems import LARGEST, Problems
from hrnet.geometry import Box
from hrnet.skeleton import MPII_16

UNIT = 200  # pixels of one scale: pixel_std in lib/dataset/JointsDataset.py of the official repository
LOWERED = 15  # pixels per scale by which the center is moved down: lib/dataset/mpii.py, line 65
LOOKED_AT = 10  # records by which the form of a file is recognized; some of them may be broken
JUDGED = "gt_valid.mat"  # beside valid.json in the published layout: joints and head boxes for PCKh, in the same order


def read_mpii(path: Path | str, photos: Path | None = None, split: str = "") -> PoseSet:
    """Read MPII's labels: train.json, valid.json ... of the published code, or mpii_human_pose_v1_u12_1.mat.

    Boxes are squares which under the rule OFFICIAL give the published center and scale; they are not to be cut to the
    photo (`LabeledPerson.uncut`). Head boxes come from the .mat; for valid.json from gt_valid.mat beside it, if it is
    there. The JSON does not tell hidden joints from seen ones, nor how large the photos are.

    Records without joints (the test set) give persons without labels. Broken ones are left out and reported together
    in `PoseSet.problems`, among them people without a center, whom the published code looks for at (-2, -2).

    Args:
        photos: the folder with the photos; next to the file where not given.
        split: of all photos of a JSON; a .mat has its own, train and test.
    Raises:
        ValueError: the file as a whole cannot be used.
    """
    path = Path(path)
    folder = photos or path.parent
    if path.suffix == ".mat":
        return from_release(loaded(path), path, folder)
    return from_records(any_json(path), path, folder, split)


def is_records(values: object) -> bool:
    """Whether a JSON file is MPII's: a list of people with a center and a scale."""
    return isinstance(values, list) and any(
        isinstance(record, dict) and {"image", "center", "scale"} <= record.keys() for record in values[:LOOKED_AT]
    )


def box_of(center: object, scale: object) -> Box:
    """The square that leads to the published center and scale.

    Args:
        center: x, y counted from 1, as in the files.
        scale: as in the files.
    Raises:
        ValueError: there is no center, or something is no number; the message names the kind of problem.
    Source: lib/dataset/mpii.py of leoxiaobin/deep-high-resolution-net.pytorch, lines 60 to 72; the scale * 1.25
        there is the padding that every box gets here when it becomes a crop.
    """
    x, y, size = _number(center, 0), _number(center, 1), _number([scale], 0)
    if x == -1:
        raise ValueError("person without a center")
    if size <= 0:
        raise ValueError("person whose scale is not above 0")
    side = UNIT * size
    return Box(x - 1 - side / 2, y + LOWERED * size - 1 - side / 2, side, side)


def _number(values: object, place: int) -> float:
    try:
        number = float(values[place])
    except (TypeError, ValueError, IndexError, KeyError):
        number = math.nan
    if not abs(number) <= LARGEST:
        raise ValueError("person without a center and a scale")
    return number


class _Collected:
    """Photos by name, and the people in them."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.problems = folder, Problems()
        self.photos: list[PhotoFile] = []
        self.persons: list[LabeledPerson] = []
        self._places: dict[str, int] = {}

    def photo(self, name: str, split: str) -> int:
        if name not in self._places:
            self._places[name] = len(self.photos)
            self.photos.append(PhotoFile(len(self.photos) + 1, self.folder / name, split=split))
        return self._places[name]

    def person(self, key: int, photo: int, box: Box, joints: np.ndarray, head: Box | None) -> None:
        """joints: (16, 3): x, y counted from 1, and visibility."""
        seen = joints[:, 2:] > 0
        keypoints = np.where(seen, joints - [1, 1, 0], 0).astype(np.float32)
        confidence = seen[:, 0].astype(np.float32)
        self.persons.append(LabeledPerson(key, photo, box, keypoints, confidence, head=head, uncut=True))

    def poses(self) -> PoseSet:
        return PoseSet(MPII_16, tuple(self.photos), tuple(self.persons), self.problems.lines())


# ---- the published JSON ----------------------------------------------------------------------------------------------


def from_records(values: object, path: Path, folder: Path, split: str = "") -> PoseSet:
    """As `read_mpii`, of a JSON file that is parsed already."""
    if not is_records(values):
        raise ValueError(f"{path} is not MPII's JSON: a list of people with image, center and scale was looked for")
    judged = path.with_name(JUDGED)
    heads = _heads(judged, len(values)) if path.name == "valid.json" and judged.is_file() else [None] * len(values)
    collected = _Collected(folder)
    for place, (record, head) in enumerate(zip(values, heads, strict=True)):
        try:
            name = record.get("image") if isinstance(record, dict) else None
            if not isinstance(name, str) or not name:
                raise ValueError("person without the name of a photo")
            box, joints = box_of(record.get("center"), record.get("scale")), _joints(record)
        except ValueError as error:
            collected.problems.add(str(error), f"record {place}")
            continue
        collected.person(place + 1, collected.photo(name, split), box, joints, head)
    return collected.poses()


def _joints(record: Mapping) -> np.ndarray:
    """float64 (16, 3). The file only says which joints are labeled; all of them count as seen."""
    if "joints" not in record:
        return np.zeros((len(MPII_16), 3))
    try:
        joints = np.column_stack([np.array(record["joints"], np.float64), 2.0 * (np.array(record["joints_vis"]) > 0)])
    except (KeyError, TypeError, ValueError):
        joints = np.empty(0)
    if joints.shape != (len(MPII_16), 3) or not (np.abs(joints) <= LARGEST).all():
        raise ValueError("person without 16 joints of two numbers and 16 joints_vis")
    return joints


def _heads(path: Path, persons: int) -> list[Box | None]:
    """Head boxes by the place of a person in valid.json."""
    corners = loaded(path, squeeze=False).get("headboxes_src")
    if np.shape(corners) != (2, 2, persons):  # corner, x or y, person
        raise ValueError(
            f"{path} does not belong to the {persons} people of valid.json beside it: headboxes_src was to be "
            f"{(2, 2, persons)}, got {np.shape(corners)}; take both from one place, or move it away"
        )
    return [_head(*one.T.ravel().tolist()) for one in np.moveaxis(corners, 2, 0)]


def _head(x1: object, x2: object, y1: object, y2: object) -> Box | None:
    """From corners counted from 1; None where there are none, or nothing between them."""
    try:
        (left, right), (top, bottom) = sorted([float(x1), float(x2)]), sorted([float(y1), float(y2)])
        return Box(left - 1, top - 1, right - left, bottom - top)
    except (TypeError, ValueError):
        return None


# ---- the original .mat -----------------------------------------------------------------------------------------------


def from_release(values: Mapping, path: Path, folder: Path) -> PoseSet:
    """As `read_mpii`, of a .mat file that is loaded already."""
    annotated = getattr(values.get("RELEASE"), "annolist", None)
    if annotated is None:
        raise ValueError(f"{path} is not MPII's .mat: a struct RELEASE with annolist was looked for")
    images = np.atleast_1d(annotated)
    train = np.atleast_1d(getattr(values["RELEASE"], "img_train", []))
    splits = ["train" if flag else "test" for flag in train] if len(train) == len(images) else [""] * len(images)
    collected = _Collected(folder)
    key = 0
    for place, (one, split) in enumerate(zip(images, splits, strict=True)):
        name = getattr(getattr(one, "image", None), "name", None)
        if not isinstance(name, str) or not name:
            collected.problems.add("photo without a name", f"annolist({place + 1})")
            continue
        photo = collected.photo(name, split)
        for person in np.atleast_1d(getattr(one, "annorect", [])):
            key += 1
            try:
                spot = getattr(person, "objpos", None)
                box = box_of((getattr(spot, "x", None), getattr(spot, "y", None)), getattr(person, "scale", None))
                joints = _points(np.atleast_1d(getattr(getattr(person, "annopoints", None), "point", [])))
            except ValueError as error:
                collected.problems.add(str(error), name)
                continue
            head = _head(*(getattr(person, side, None) for side in ("x1", "x2", "y1", "y2")))
            collected.person(key, photo, box, joints, head)
    return collected.poses()


def release_names(values: Mapping) -> Iterator[str]:
    """The photos that a .mat is about."""
    for one in np.atleast_1d(getattr(values.get("RELEASE"), "annolist", [])):
        if isinstance(name := getattr(getattr(one, "image", None), "name", None), str):
            yield name


def _points(points: Iterable) -> np.ndarray:
    """float64 (16, 3). Points carry the number of their joint; those of the head say nothing of being seen."""
    joints = np.zeros((len(MPII_16), 3))
    for point in points:
        try:
            joint, x, y = int(point.id), float(point.x), float(point.y)
        except (AttributeError, TypeError, ValueError):
            raise ValueError("joint without a number and a place") from None
        if not 0 <= joint < len(MPII_16) or not max(abs(x), abs(y)) <= LARGEST:
            raise ValueError("joint that MPII does not have")
        hidden = str(getattr(point, "is_visible", "")) in ("0", "0.0")
        joints[joint] = x, y, 1 if hidden else 2
    return joints


def loaded(path: Path, squeeze: bool = True) -> Mapping:
    """The variables of a .mat; structs as objects."""
    try:
        from scipy.io import loadmat  # here: nothing else in the library needs SciPy
    except ImportError as error:
        raise ValueError(f"{path} is a file of MATLAB, which SciPy reads: pip install scipy") from error
    try:
        return loadmat(path, struct_as_record=False, squeeze_me=squeeze)
    except OSError as error:
        raise ValueError(f"cannot read {path}: {error.strerror or error}") from error
    except Exception as error:  # SciPy raises nearly every class there is on damaged files
        raise ValueError(f"{path} is not a MATLAB file that SciPy reads: {error}".splitlines()[0]) from error
