"""COCO keypoint files read, with archives, splits and confidences beyond COCO; `coco_written.py` writes them."""

from __future__ import annotations

import gzip
import json
import math
import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np

from hrnet.data.boxes import MARGIN, made_box
from hrnet.data.pose_set import LabeledPerson, PhotoFile, PoseSet
from hrnet.data.problems import LARGEST, MAX_JOINTS, Problems
from hrnet.data.text import decoded
from hrnet.geometry import Box, Size
from hrnet.skeleton import SKELETONS, Skeleton

# CrowdPose's own files say head; the configurations of open-mmlab/mmpose, and so the skeleton here, top_head.
RENAMED = {"head": "top_head"}


def any_json(path: Path) -> object:
    """What a JSON file, or one packed by gzip, holds.

    Raises:
        ValueError: it cannot be read or parsed; one line.
    """
    try:
        raw = path.read_bytes()
        return json.loads(decoded(gzip.decompress(raw) if raw[:2] == b"\x1f\x8b" else raw))
    except OSError as error:
        raise ValueError(f"cannot read {path}: {error.strerror or error}") from error
    except (ValueError, EOFError, RecursionError, zlib.error) as error:
        raise ValueError(f"{path} is not valid JSON: {error}") from error


def read_json(path: Path) -> dict:
    """A JSON file, or one packed by gzip, that holds an object.

    Raises:
        ValueError: it cannot be read or parsed, or holds something else; one line.
    """
    values = any_json(path)
    if not isinstance(values, dict):
        raise ValueError(
            f"{path} holds a {type(values).__name__}; a COCO file is an object with images and annotations"
        )
    return values


def read_coco(path: Path | str, photos: Path | None = None, skeleton: Skeleton | None = None) -> PoseSet:
    """Read a COCO keypoint file.

    Args:
        path: the JSON file, plain or .gz.
        photos: the folder with the photos or their archives; next to the file where not given.
        skeleton: which joints; read from the file's category where not given. Where it is, only the number of joints
            in the file must be the same.

    Broken records are left out and reported together in `PoseSet.problems`: unknown or repeated ids, keypoint lists of
    the wrong length, annotations of a category with other joints or none. A box without extent is made from the joints
    (`hrnet.data.boxes`), and told; where there are none, it is left out.

    Raises:
        ValueError: the file as a whole cannot be used.
    """
    path = Path(path)
    return from_values(read_json(path), path, photos or path.parent, skeleton)


def from_values(
    values: Mapping, path: Path, photos: Path, skeleton: Skeleton | None = None, split: str = ""
) -> PoseSet:
    """As `read_coco`, of a file that is parsed already.

    Args:
        path: what messages call it.
        split: of photos whose records name none.
    """
    missing = [key for key in ("images", "annotations") if not isinstance(values.get(key), list)]
    if missing:
        raise ValueError(f"{path} has no list {' and no list '.join(missing)}; is it a COCO keypoint file?")
    problems = Problems()
    if skeleton is None:
        skeleton = skeleton_of(values, path, problems)
        foreign = _categories_without(values, lambda names: _are(names, skeleton.joints))
    else:  # the caller knows better than the names in the file
        foreign = _categories_without(values, lambda names: len(names) == len(skeleton))
    files, places = _photos(values["images"], photos, split, problems)
    remarks = Problems()
    samples = _persons(values["annotations"], files, places, skeleton, foreign, problems, remarks)
    return PoseSet(skeleton, tuple(files), tuple(samples), problems.lines(), remarks.lines())


def _categories(values: Mapping) -> list[dict]:
    categories = values.get("categories")
    return [one for one in categories if isinstance(one, dict)] if isinstance(categories, list) else []


def names_joints(values: Mapping) -> bool:
    """Whether a parsed COCO file says which joints there are."""
    return any(category.get("keypoints") for category in _categories(values))


def skeleton_of(values: Mapping, path: Path, problems: Problems) -> Skeleton:
    """Of the first category of a parsed file that has joints; one of `hrnet.skeleton` where the joints are its.

    Raises:
        ValueError: no category names its joints, or not as a list of up to MAX_JOINTS names.
    """
    for category in _categories(values):
        if joints := category.get("keypoints"):
            break
    else:
        raise ValueError(f"{path} has no category with keypoint names; hand over the skeleton")
    if not isinstance(joints, list) or not all(isinstance(joint, str) for joint in joints):
        raise ValueError(f"{path}: the keypoints of a category are a list of names, got {str(joints)[:60]}")
    if len(joints) > MAX_JOINTS:
        raise ValueError(f"{path}: {len(joints):,} keypoints in a category; up to {MAX_JOINTS:,} are taken")
    if "flip_pairs" in category:
        try:
            return _told(category, joints, _limbs(category.get("skeleton"), len(joints), problems))
        except (TypeError, ValueError) as error:
            problems.add("flip_pairs, upper_body, sigmas or weights of joints that cannot be used", error)
    for known in SKELETONS.values():
        if _are(joints, known.joints):
            return known
    return Skeleton.of(
        joints, name=str(category.get("name", "custom")), limbs=_limbs(category.get("skeleton"), len(joints), problems)
    )


def _told(category: Mapping, joints: Sequence[str], limbs: Sequence[tuple[int, int]]) -> Skeleton:
    """The skeleton of a category that says all of it, as `to_coco` writes it where names do not tell.

    Raises:
        TypeError, ValueError: what it says is no skeleton.
    """
    place = {joint: i for i, joint in enumerate(joints)}
    named = [joint for pair in category["flip_pairs"] for joint in pair] + list(category.get("upper_body") or ())
    if unknown := [joint for joint in named if joint not in place]:
        raise ValueError(f"there is no joint {str(unknown[0])[:40]!r}")
    return Skeleton(
        name=str(category.get("name", "custom")),
        joints=tuple(joints),
        limbs=tuple(limbs),
        flip_pairs=tuple((place[left], place[right]) for left, right in category["flip_pairs"]),
        upper_body=tuple(place[joint] for joint in category.get("upper_body") or ()),
        sigmas=tuple(_numbers(category["sigmas"], len(joints), "sigmas").tolist()) if category.get("sigmas") else (),
        weights=tuple(_numbers(category["weights"], len(joints), "weights").tolist())
        if category.get("weights")
        else (),
    )


def _are(names: object, joints: tuple[str, ...]) -> bool:
    if not isinstance(names, list):
        return False
    return tuple(names) == joints or tuple(RENAMED.get(str(name), name) for name in names) == joints


def _limbs(pairs: object, joints: int, problems: Problems) -> list[tuple[int, int]]:
    """Limbs between joints that exist. COCO counts joints from 1; where a 0 occurs, the tool counted from 0."""
    pairs = [
        tuple(pair)
        for pair in (pairs if isinstance(pairs, list) else [])
        if isinstance(pair, list) and len(pair) == 2 and all(type(joint) is int for joint in pair)
    ]
    first = 0 if any(0 in pair for pair in pairs) else 1
    limbs = []
    for pair in pairs:
        a, b = (joint - first for joint in pair)
        if 0 <= a < joints and 0 <= b < joints:
            limbs.append((a, b))
        else:
            problems.add("line of the skeleton to a joint that does not exist", list(pair))
    return limbs


def _categories_without(values: Mapping, fit: Callable[[list], bool]) -> set[str]:
    """The ids of categories with joints that do not fit, or none. Where no category names joints, all may have them."""
    joints = {str(category.get("id")): category.get("keypoints") or [] for category in _categories(values)}
    return {key for key, names in joints.items() if not fit(names)} if any(joints.values()) else set()


def _photos(
    records: Iterable[Mapping], folder: Path, split: str, problems: Problems
) -> tuple[list[PhotoFile], dict[int, int]]:
    files: list[PhotoFile] = []
    places: dict[int, int] = {}
    for record in records:
        try:
            key, name = _id(record), str(record["file_name"])
            size = (int(record["height"]), int(record["width"])) if "height" in record and "width" in record else None
        except (KeyError, TypeError, ValueError, OverflowError):
            problems.add("image record without id, file_name or whole sizes", str(record)[:60])
            continue
        if key in places:
            problems.add("image id that appears twice", key)
            continue
        shard = record.get("shard")
        places[key] = len(files)
        files.append(
            PhotoFile(
                id=key,
                path=folder / str(shard or name),
                member=name if shard else None,
                size=size,
                source=str(record.get("source") or record.get("vid_id") or ""),  # PoseTrack18 numbers its videos
                split=str(record.get("split") or split),
                complete=not (record.get("only_one_labelled") or record.get("maybe_unlabelled_people")),
                crowding=_finite(record.get("crowdIndex")),
            )
        )
    return files, places


def _persons(
    records: Iterable[Mapping],
    files: Sequence[PhotoFile],
    places: Mapping[int, int],
    skeleton: Skeleton,
    foreign: set[str],
    problems: Problems,
    remarks: Problems,
) -> list[LabeledPerson]:
    persons: list[LabeledPerson] = []
    seen: set[int] = set()
    for record in records:
        try:
            key = _id(record)
        except (KeyError, TypeError):
            problems.add("annotation without an id", str(record)[:60])
            continue
        if key in seen:
            problems.add("annotation id that appears twice", key)
            continue
        seen.add(key)
        try:
            if str(record.get("category_id")) in foreign:
                raise ValueError("annotation of a category with other joints or none")
            persons.append(_person(key, record, files, places, skeleton))
            if _box(record.get("bbox")) is None:
                wrong = problems if record.get("bbox") else remarks
                wrong.add(f"box without extent: made from the joints, margin {MARGIN:.0%}", f"annotation {key}")
        except ValueError as error:
            problems.add(str(error), f"annotation {key}")
    return persons


def _person(
    key: int, record: Mapping, files: Sequence[PhotoFile], places: Mapping[int, int], skeleton: Skeleton
) -> LabeledPerson:
    """Raises ValueError with the kind of problem."""
    joints = len(skeleton)
    try:
        photo = places[_id(record, "image_id")]
    except (KeyError, TypeError):
        raise ValueError("annotation of an unknown image") from None
    keypoints = _numbers(record.get("keypoints") or [0] * (3 * joints), 3 * joints, "keypoint list").reshape(-1, 3)
    box = _box(record.get("bbox"))
    if box is None:
        labeled = keypoints[keypoints[:, 2] > 0]
        if not len(labeled):
            raise ValueError("box without extent")
        box = made_box(labeled, files[photo].size)
    confidence, area = record.get("confidence"), record.get("area")
    crowd = bool(record.get("iscrowd"))
    return LabeledPerson(
        id=key,
        photo=photo,
        box=box,
        keypoints=keypoints.astype(np.float32),
        confidence=(
            (keypoints[:, 2] > 0).astype(np.float32)
            if confidence is None
            else _numbers(confidence, joints, "confidence list").astype(np.float32)
        ),
        ignore=crowd or bool(record.get("ignore")),
        crowd=crowd,
        area=_finite(area),
        head=_box(record.get("bbox_head")),  # PoseTrack18 writes one for everybody; an empty one where no head shows
        uncut=bool(record.get("uncut")),
    )


def _finite(value: object) -> float | None:
    return value if isinstance(value, int | float) and math.isfinite(value) else None


def _box(values: object) -> Box | None:
    if not isinstance(values, list) or len(values) != 4:
        return None
    try:
        return Box(*map(float, values)) if max(map(abs, values)) <= LARGEST else None
    except (TypeError, ValueError, OverflowError):
        return None


def _id(record: Mapping, key: str = "id") -> int:
    """Raises KeyError or TypeError where the record has none that can be looked up."""
    value = record[key]
    if not isinstance(value, int | str):
        raise TypeError
    return value


def _numbers(values: object, count: int, what: str) -> np.ndarray:
    """float64 (count,), or ValueError."""
    if not isinstance(values, list) or len(values) != count:
        raise ValueError(f"{what} whose length is not {count}")
    try:
        numbers = np.array(values, np.float64)
    except (TypeError, ValueError):
        numbers = np.empty(0)
    if numbers.shape != (count,) or not (np.abs(numbers) <= LARGEST).all():  # NaN is not, either
        raise ValueError(f"{what} with something that is no number")
    return numbers


def clean_box(box: Box, size: Size) -> Box | None:
    """The published loader's box: cut to the photo, one pixel smaller than annotated; None if nothing is left.

    A box that starts left of the photo keeps its width (a quirk: its right end is built from the clamped left one).
    Source: _load_coco_keypoint_annotation_kernal in lib/dataset/coco.py of leoxiaobin/deep-high-resolution-net.pytorch.
    """
    height, width = size
    x1, y1 = max(0.0, box.x), max(0.0, box.y)
    x2 = min(width - 1.0, x1 + max(0.0, box.w - 1))
    y2 = min(height - 1.0, y1 + max(0.0, box.h - 1))
    return Box(x1, y1, x2 - x1, y2 - y1, box.score) if x2 > x1 and y2 > y1 else None
