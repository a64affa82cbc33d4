"""Which pictures are learned and which are judged: by what the labels say, else by video or subject, else by picture.

Pictures of one video look alike, so a network that has learned some of them is judged too kindly on the others: whole
videos are held out where there are enough of them, and whole stretches of frames where there is only one. Where the
labels do not name the videos, the names of the files may: clip7_f0130.jpg and clip7_f0200.jpg are taken for one.

What is held out is decided by the seed and the videos, or else the pictures themselves, so it stays when other
pictures come.
"""

from __future__ import annotations

import hashlib
import json
import re
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hrnet.data.pose_set import PhotoFile, PoseSet
from hrnet.data.splits import SPLIT, plain
from hrnet.data.unpacked import is_zip
from hrnet.image import ImageError

HELD_OUT = 5  # one of so many is judged
FEWEST = 4  # pictures with labels that can be divided
LARGEST = 0.4  # of the pictures: no more are held out because they happen to be of one video
BEGINNING = 1 << 16  # bytes of a picture, by which it is known again
STRETCHES = 10  # of neighboring frames, into which a single video is cut
FRAME = re.compile(r"(.+?)[\s._-]*(?:f|frame|img|image)?[\s._-]*\d+", re.IGNORECASE)  # a clip's name, and a number
FEWEST_NAMES = 3  # beginnings of file names, which two cameras have too


# How a set was divided, in words.
WAYS = {
    "labels": "as the labels say: {learned} and {judged}",
    "file": "as {file} says",
    "sources": "by video or subject: {held} of {all} are held out ({names})",
    "names": "by how file names begin: {held} of {all} are held out ({names})",
    "video": "all of one video: {held} of {all} stretches of neighboring frames are held out",
    "picture": "by picture: one of {each} is held out",
}


@dataclass(frozen=True, eq=False)
class Division:
    """The two parts of a set. by: one of WAYS; values: what its words tell; seed: of the draw, where there was one."""

    learned: PoseSet
    judged: PoseSet
    by: str
    values: Mapping[str, Any]
    seed: int | None = None

    @property
    def told(self) -> dict[str, Any]:
        """For a page, which has words of its own: {"by", "values"}."""
        return {"by": self.by, "values": dict(self.values)}

    @property
    def how(self) -> str:
        """One line for people."""
        seed = "" if self.seed is None else f", seed {self.seed}"
        counts = f"{len(self.learned.photos)} pictures are learned, {len(self.judged.photos)} judged"
        return f"{WAYS[self.by].format(**self.values)}{seed} ({counts})"


def divide(poses: PoseSet, seed: int = 1, learned: str = "train", judged: str = "val") -> Division:
    """Pictures with labels, one of HELD_OUT to be judged on; pictures without labels are in neither part.

    Args:
        learned, judged: the names that the labels' own splits have, where they have both; train2017 is "train".

    Raises:
        ValueError: there are fewer than FEWEST of them.
    """
    splits = {photo.split: _meant(photo.split) for photo in poses.photos}
    if {learned, judged} <= set(splits) | set(splits.values()):
        parts = [poses.only(_of_split(name, splits)) for name in (learned, judged)]
        if all(any(_counts(person) for person in part.samples) for part in parts):
            return Division(*parts, "labels", {"learned": learned, "judged": judged})
    labeled = {person.photo for person in poses.samples if _counts(person)}
    if len(labeled) < FEWEST:
        raise ValueError(
            f"{len(labeled)} photos with labels are too few to learn and be judged; label {FEWEST} or more"
        )
    photos = [poses.photos[place] for place in sorted(labeled)]
    held, by, values = _held_out(photos, seed)
    known = {photo.id for photo in photos}
    parts = poses.only(lambda photo: photo.id in known - held), poses.only(lambda photo: photo.id in held)
    return Division(*parts, by, values, seed)


def _counts(person: Any) -> bool:
    return not person.ignore and person.labeled > 0


def _meant(split: str) -> str:
    found = SPLIT.fullmatch(split)
    return plain(found) if found else split


def _of_split(name: str, splits: Mapping[str, str]) -> Any:
    return lambda photo: name in (photo.split, splits[photo.split])


# ---- without a word from the labels ----------------------------------------------------------------------------------


def _held_out(photos: Sequence[PhotoFile], seed: int) -> tuple[set[int], str, dict[str, Any]]:
    """The ids of those to be judged; how they were chosen, one of WAYS, with what its words tell."""
    wanted = -(-len(photos) // HELD_OUT)
    groups, by = _sources(photos)
    if len(groups) > 1:
        chosen = _groups(groups, wanted, len(photos), seed)
        if chosen:
            named = ", ".join(sorted(name or "(no name)" for name in chosen)[:3]) + (", ..." if len(chosen) > 3 else "")
            held = {photo.id for name in chosen for photo in groups[name]}
            return held, by, {"held": len(chosen), "all": len(groups), "names": named}
    elif "" not in groups and len(photos) >= 2 * STRETCHES:
        frames = sorted(photos, key=lambda photo: _natural(_file(photo)))
        edges = [len(frames) * n // STRETCHES for n in range(STRETCHES + 1)]
        stretches = {f"{n}": frames[edges[n] : edges[n + 1]] for n in range(STRETCHES)}
        chosen = _groups(stretches, wanted, len(frames), seed)
        held = {photo.id for name in chosen for photo in stretches[name]}
        return held, "video", {"held": len(chosen), "all": STRETCHES}
    ordered = sorted(photos, key=lambda photo: (_lot(_content(photo), seed), photo.id))
    return {photo.id for photo in ordered[:wanted]}, "picture", {"each": HELD_OUT}


def _sources(photos: Sequence[PhotoFile]) -> tuple[dict[str, list[PhotoFile]], str]:
    """The pictures by video or subject, all under "" where nothing tells; and how that is known, one of WAYS."""
    stated = _by(photos, lambda photo: photo.source)
    if set(stated) == {""}:
        named = _by(photos, _clip)
        if FEWEST_NAMES <= len(named) <= len(photos) / 2:
            return named, "names"
    return stated, "sources"


def _by(photos: Sequence[PhotoFile], key: Callable[[PhotoFile], str]) -> dict[str, list[PhotoFile]]:
    groups: dict[str, list[PhotoFile]] = {}
    for photo in photos:
        groups.setdefault(key(photo), []).append(photo)
    return groups


def _file(photo: PhotoFile) -> str:
    """What the file is called, whatever folders it lies in."""
    return photo.name.replace("\\", "/").rpartition("/")[2]


def _clip(photo: PhotoFile) -> str:
    """How the file's name begins, without the number of a frame at its end; all of it where only numbers are left."""
    stem = Path(_file(photo)).stem
    found = FRAME.fullmatch(stem)
    return found[1] if found and any(map(str.isalpha, found[1])) else stem


def _groups(groups: Mapping[str, Sequence[PhotoFile]], wanted: int, total: int, seed: int) -> list[str]:
    """Whole groups, drawn until there are enough pictures and never more than LARGEST; none where that cannot be."""
    chosen, count = [], 0
    for name in sorted(groups, key=lambda name: _lot(name.encode(), seed)):
        if count >= wanted:
            break
        if count + len(groups[name]) <= LARGEST * total:
            chosen.append(name)
            count += len(groups[name])
    return chosen


def _lot(what: bytes, seed: int) -> bytes:
    """The same draw for the same thing, whatever else is in the set."""
    return hashlib.blake2b(what, digest_size=8, key=str(seed).encode()).digest()


def _content(photo: PhotoFile) -> bytes:
    """How the file begins; its name, where it cannot be read."""
    try:
        return photo.content(BEGINNING)
    except ImageError:
        return photo.name.encode()


def _natural(name: str) -> list[Any]:
    """So that frame 9 comes before frame 10."""
    return [int(part) if part.isdecimal() else part for part in re.split(r"(\d+)", name)]


# ---- by a file -------------------------------------------------------------------------------------------------------


def by_file(poses: PoseSet, splits: Path, data: Path) -> Division:
    """As a JSON file says: {"train": PART, "val": PART}, or such an object under the name of the set.

    A PART is a list of pictures, the folder that they are in, or a label file inside of the set that lists them (COCO).
    Names may leave out folders in front. Pictures in neither part are not used.

    Args:
        data: the set, as it was read: its name is looked up in the file, and label files are looked for in it.
    Raises:
        ValueError: the file is no such thing, or names pictures that are not there; one line.
    """
    try:
        values = json.loads(splits.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError) as error:
        raise ValueError(f"cannot read {splits}: {error}") from error
    if isinstance(values, dict) and isinstance(values.get(data.name), dict):
        values = values[data.name]
    if not isinstance(values, dict) or not {"train", "val"} <= values.keys():
        has = ", ".join(map(str, values)) if isinstance(values, dict) else type(values).__name__
        raise ValueError(f'{splits} must have "train" and "val" for {data.name}, it has {has}')
    ids = [_part(poses, values[name], data, f"{splits.name}, {name}") for name in ("train", "val")]
    if both := ids[0] & ids[1]:
        name = next(photo.name for photo in poses.photos if photo.id in both)
        raise ValueError(f"{splits} has {len(both)} pictures in both parts, for example {name}; take them out of one")
    learned, judged = (poses.only(lambda photo, part=part: photo.id in part) for part in ids)
    return Division(learned, judged, "file", {"file": splits.name})


def _part(poses: PoseSet, part: Any, data: Path, where: str) -> set[int]:
    if isinstance(part, str) and part.lower().endswith(".json"):
        part = _listed(data, part, where)
    if isinstance(part, str):
        folder = f"/{part.strip('/')}/"
        found = {photo.id for photo in poses.photos if folder in f"/{_path(photo)}"}
        if not found:
            raise ValueError(f"{where}: no picture of {data.name} is in {part}")
        return found
    if not isinstance(part, list) or not all(isinstance(name, str) for name in part) or not part:
        raise ValueError(f"{where}: a part is a list of pictures, a folder or a label file")
    by_name: dict[str, list[PhotoFile]] = {}
    for photo in poses.photos:
        by_name.setdefault(_path(photo).rpartition("/")[2], []).append(photo)
    found, missing = set(), []
    for name in (name.replace("\\", "/").strip("/") for name in part):
        same = [p for p in by_name.get(name.rpartition("/")[2], ()) if f"/{_path(p)}".endswith(f"/{name}")]
        found |= {photo.id for photo in same}
        missing += [] if same else [name]
    if missing:
        raise ValueError(f"{where}: {len(missing)} pictures are not in {data.name}, for example {missing[0]}")
    return found


def _path(photo: PhotoFile) -> str:
    return (photo.member or str(photo.path)).replace("\\", "/")


def _listed(data: Path, name: str, where: str) -> list[str]:
    """The pictures of a COCO file inside of the set. Raises ValueError where there is none of that name."""
    try:
        if is_zip(data):
            with zipfile.ZipFile(data) as archive:
                found = [member for member in archive.namelist() if f"/{member}".endswith(f"/{name}")]
                content = archive.read(found[0]) if found else None
        else:
            root = data if data.is_dir() else data.parent
            found = [root / name] if (root / name).is_file() else sorted(root.rglob(name))
            content = found[0].read_bytes() if found else None
        if content is None:
            raise ValueError(f"{data.name} has no {name}")
        return [Path(image["file_name"]).name for image in json.loads(content)["images"]]
    except (OSError, KeyError, TypeError, ValueError, zipfile.BadZipFile) as error:
        raise ValueError(f"{where}: {name} is no label file with images in it: {error}") from error
