"""The doctor of labeled sets: what is wrong with photos and labels, all of it at once, before a training starts."""

from __future__ import annotations

import hashlib
import io
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np
from PIL import ExifTags, Image

from hrnet.data.pose_set import PhotoFile, PoseSet
from hrnet.data.problems import EXAMPLES, Problems
from hrnet.geometry import Size
from hrnet.image import ImageError, jpeg, pillow
from hrnet.image.reading import MAGIC

FIRST_BYTES = 4096  # hold the header of a photo from the web; a camera's, with a preview in it, is read whole
THREADS = 8  # waiting for the disk is most of the work
AT_ONCE = 512  # photos between two calls of `progress`

FAR = 0.1  # of the longer side: a joint further outside of the photo is no guess at what is cut off
ROUNDING = 1.0  # pixels by which boxes of good sets stick out


@dataclass(frozen=True)
class Findings:
    """What was found.

    wrong: one line for each kind: how many, and the first examples; those of reading come first.
    remarks: the same of what good sets have, too: people without labels, boxes cut off by the border.
    usable: there is at least one photo that can be read with a labeled joint in it.
    """

    wrong: tuple[str, ...]
    remarks: tuple[str, ...]
    usable: bool


def check(
    poses: PoseSet, deep: bool = False, progress: Callable[[int, int], None] = lambda done, total: None
) -> tuple[str, ...]:
    """All lines of `examine`: what is wrong, then remarks. Args: as there."""
    found = examine(poses, deep, progress)
    return (*found.wrong, *found.remarks)


def examine(
    poses: PoseSet, deep: bool = False, progress: Callable[[int, int], None] = lambda done, total: None
) -> Findings:
    """Compare labels with photos, and photos with each other.

    Found are: photos that are missing, cannot be read, are not of the size that the labels say, are listed twice, or
    are in two splits (also under other names); boxes outside of the photo or partly so; joints far outside; people
    without a labeled joint; and what `poses.problems` says.

    Args:
        deep: decode every photo; else only the first bytes are read, which damage further in does not show in.
        progress: called with (photos done, photos in all).
    """
    wrong, remarks = Problems(), Problems()
    looks = list(_looks(poses.photos, deep, progress))
    for photo, look in zip(poses.photos, looks, strict=True):
        if look.complaint:
            wrong.add(look.complaint, f"{photo.name}{look.reason and f' ({look.reason})'}")
        elif photo.size and look.size and photo.size != look.size:
            (height, width), (said, says) = look.size, photo.size
            example = f"{photo.name} ({width} x {height}, labels: {says} x {said})"
            wrong.add("photo whose size (width x height) is not that of its labels", example)
    _repeated(poses, looks, wrong)
    _misplaced(
        poses, [look.size or photo.size for photo, look in zip(poses.photos, looks, strict=True)], wrong, remarks
    )
    readable = [not look.complaint for look in looks]
    usable = any(readable[person.photo] and person.labeled for person in poses.samples)
    return Findings((*poses.problems, *wrong.lines()), (*poses.remarks, *remarks.lines()), usable)


def sized(poses: PoseSet) -> PoseSet:
    """The set with the size of every photo: where labels do not tell it (MPII's), it is read from the header. Photos
    that cannot be read stay without."""
    unknown = [place for place, photo in enumerate(poses.photos) if photo.size is None]
    photos = list(poses.photos)
    for place, look in zip(unknown, _looks([photos[place] for place in unknown]), strict=True):
        photos[place] = replace(photos[place], size=look.size)
    return replace(poses, photos=tuple(photos)) if unknown else poses


# ---- photos ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Look:
    """What a look at one file told: its size, or the kind of complaint; and what its copies would have, too."""

    size: Size | None = None
    complaint: str = ""
    reason: str = ""
    mark: bytes = b""


def _looks(
    photos: Sequence[PhotoFile], deep: bool = False, progress: Callable[[int, int], None] = lambda done, total: None
) -> Iterator[_Look]:
    with ThreadPoolExecutor(THREADS) as pool:
        for start in range(0, len(photos), AT_ONCE):
            some = photos[start : start + AT_ONCE]
            yield from pool.map(lambda photo: _look(photo, deep), some)
            progress(start + len(some), len(photos))


def _look(photo: PhotoFile, deep: bool) -> _Look:
    try:
        if not photo.path.is_file():
            return _Look(
                complaint="photo that is missing" if photo.member is None else "photo whose archive is missing"
            )
        first = photo.content(FIRST_BYTES)
        length = photo.path.stat().st_size if photo.member is None else 0
        mark = hashlib.blake2b(first + length.to_bytes(8), digest_size=16).digest()  # short: there may be 118,000
        if deep:
            height, width = photo.read().shape[:2]
            return _Look((height, width), mark=mark)
        size = size_of(first, whole=len(first) < FIRST_BYTES) or size_of(photo.content(), whole=True)
    except (ImageError, OSError) as error:
        return _Look(complaint="photo that cannot be read", reason=str(error))
    return _Look(size, mark=mark)


def size_of(data: bytes, whole: bool) -> Size | None:
    """(height, width) of an upright photo by its header; None where there is not enough of it.

    Args:
        whole: there are no more bytes of it; then not enough is an error.
    Raises:
        ImageError: it is no picture, or its header is damaged.
    """
    try:
        if data.startswith(b"\xff\xd8"):
            header = jpeg.read_header(data)
            width, height, turned = header.width, header.height, header.orientation > 4
        else:
            kind = next((kind for magic, kind in MAGIC.items() if data.startswith(magic)), "")
            if not kind:
                kind = "WEBP" if data[8:12] == b"WEBP" else "AVIF"
            opened = (pillow.WebPImageFile if kind == "WEBP" else pillow.CLASSES[kind])(io.BytesIO(data))
            # The general class does not decode a PNG to look for EXIF behind its pixels; only a deep look finds that.
            exif = Image.Image.getexif(opened)
            (width, height), turned = opened.size, exif.get(ExifTags.Base.Orientation, 1) > 4
    except Exception as error:  # Pillow and struct raise nearly every class there is on what is damaged or cut off
        if not whole:
            return None
        raise ImageError("it is no picture, cut off or damaged") from error
    return (width, height) if turned else (height, width)


def _repeated(poses: PoseSet, looks: list[_Look], wrong: Problems) -> None:
    """Photos that are listed twice, and those which two splits share, be it as copies with other names."""
    listed: dict[tuple, int] = {}
    alike: dict[bytes, list[int]] = defaultdict(list)
    for place, (photo, look) in enumerate(zip(poses.photos, looks, strict=True)):
        first = listed.setdefault((photo.path, photo.member), place)
        if first != place:
            _tell_pair(poses.photos[first], photo, "photo file that is listed twice", wrong)
        elif look.mark:
            alike[look.mark].append(place)
    for places in alike.values():
        if len(places) < 2:
            continue
        contents: dict[bytes, int] = {}
        for place in places:
            photo = poses.photos[place]
            try:
                first = contents.setdefault(hashlib.sha256(photo.content()).digest(), place)
            except ImageError as error:
                wrong.add("photo that cannot be read", f"{photo.name} ({error})")
                continue
            if first != place:
                _tell_pair(poses.photos[first], photo, "photo that is a copy of another", wrong)


def _tell_pair(one: PhotoFile, other: PhotoFile, kind: str, wrong: Problems) -> None:
    if one.split != other.split:
        wrong.add("photo that is in two splits", f"{one.name} ({one.split or 'none'}, {other.split or 'none'})")
    else:
        wrong.add(kind, one.name if one.name == other.name else f"{other.name} (of {one.name})")


# ---- labels ----------------------------------------------------------------------------------------------------------


def _misplaced(poses: PoseSet, sizes: list[Size | None], wrong: Problems, remarks: Problems) -> None:
    """Boxes and joints against the photos they lie in; people without labels."""
    persons = [person for person in poses.samples if not person.ignore]
    if not persons:
        return
    ends = np.array([sizes[person.photo] or (np.inf, np.inf) for person in persons], np.float64)[
        :, ::-1
    ]  # width, height
    boxes = np.array([(p.box.x, p.box.y, p.box.x + p.box.w, p.box.y + p.box.h) for p in persons])
    outside = ((boxes[:, :2] >= ends) | (boxes[:, 2:] <= 0)).any(axis=1)
    over = ((boxes[:, :2] < -ROUNDING) | (boxes[:, 2:] > ends + ROUNDING)).any(axis=1)
    over &= ~outside & ~np.array([person.uncut for person in persons])
    keypoints = np.stack([person.keypoints for person in persons])
    labeled = keypoints[..., 2] > 0
    margin = FAR * np.where(np.isinf(ends), 0, ends).max(axis=1)[:, None, None]
    far = ((keypoints[..., :2] < -margin) | (keypoints[..., :2] > ends[:, None] + margin)).any(axis=2) & labeled
    for bad, kind, lines in (
        (outside, "box outside of its photo", wrong),
        (far.any(axis=1), "person with a joint far outside of the photo", wrong),
        (over, "box partly outside of its photo", remarks),
        (~labeled.any(axis=1), "person without a labeled joint", remarks),
    ):
        for place in np.flatnonzero(bad):
            person = persons[place]
            joints = _first(poses.joints[joint] for joint in np.flatnonzero(far[place])) if "joint far" in kind else ""
            lines.add(kind, f"{person.id} in {poses.photos[person.photo].name}{joints and f' ({joints})'}")


def _first(names: Iterable[str]) -> str:
    names = list(names)
    return ", ".join(names[:EXAMPLES]) + (f" and {len(names) - EXAMPLES} more" if len(names) > EXAMPLES else "")
