"""SLEAP: labels (.slp), packages with the pictures inside (.pkg.slp), and the analysis export (.h5).

Source: the layouts as sleap/io/format/{labels_json,hdf5,sleap_analysis}.py of talmolab/sleap (BSD-3-Clause) write them.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from hrnet.data.importers.collected import HIDDEN, SEEN, Collected, Point
from hrnet.data.importers.content import LabelFile
from hrnet.data.importers.embedded import keep, keep_pixels
from hrnet.data.importers.folder import Folder, parts_of
from hrnet.data.importers.hdf5 import Group, opened, text_of, top_level
from hrnet.data.importers.tracks import frames_of
from hrnet.data.pose_set import PoseSet
from hrnet.image import MAX_PIXELS

NAME = "SLEAP"
LABELS = {"metadata", "frames", "instances", "points", "videos_json"}  # what a .slp holds
ANALYSIS = {"tracks", "node_names"}  # what an analysis file holds
PACKAGE = ".pkg.slp"
PREDICTED = 1  # instance_type: 0 was drawn by hand
BODY, SYMMETRY = 1, 2  # EdgeType in sleap/skeleton.py
HALF = 0.5  # pixels: up to format 1.0 a coordinate is counted from the corner of the first pixel, hdf5.py
FROM_CENTER = 1.1  # the format since which it is its center, as here


def recognized(files: Sequence[LabelFile]) -> list[LabelFile]:
    return [file for file in files if file.is_hdf5 and _holds(file, LABELS, ANALYSIS)]


def _holds(file: LabelFile, *contents: set[str]) -> bool:
    try:
        names = top_level(file)
    except ValueError:
        return file.path.suffix.lower() == ".slp"  # damaged, and its own
    return any(keys <= names for keys in contents)


def read(files: Sequence[LabelFile], folder: Folder) -> PoseSet:
    """The set: what was drawn by hand; predictions where there is nothing else, with their scores as confidence.

    The video of a frame is its `source`. Frames come from the package, from pictures, or out of the video beside it.

    Raises:
        ValueError: nothing can be used.
    """
    collected = Collected(folder)
    joints: list[str] = []
    limbs: list[tuple[str, str]] = []
    pairs: list[tuple[str, str]] = []
    files = _each_frame_once(files, collected)
    for file in files:
        try:
            with opened(file) as content:
                reader = _Labels if LABELS <= content.keys() else _Analysis
                skeleton = reader(content, file, collected).add()
        except (AttributeError, KeyError, IndexError, TypeError, ValueError) as error:
            if len(files) == 1:
                raise ValueError(f"{file.name} is damaged, or of a form that is not known: {error}") from error
            collected.problems.add("file that was left out", f"{file.name} ({error})")
            continue
        joints += skeleton.joints
        limbs += skeleton.limbs
        pairs += [pair for pair in skeleton.pairs if pair not in pairs]
    return collected.poses(joints, limbs=limbs, flip_pairs=pairs or None)


def _each_frame_once(files: Sequence[LabelFile], collected: Collected) -> list[LabelFile]:
    """Without the labels beside their own package, and without what a network found where somebody drew."""
    packages = {file.path.name.removesuffix(PACKAGE) for file in files if file.path.name.endswith(PACKAGE)}
    drawn = any(not _holds(file, ANALYSIS) for file in files)
    kept = []
    for file in files:
        if file.path.suffix == ".slp" and not file.path.name.endswith(PACKAGE) and file.path.stem in packages:
            collected.remarks.add("labels beside their own package, which was read", file.name)
        elif drawn and _holds(file, ANALYSIS):
            collected.remarks.add("analysis file beside labels, which were read", file.name)
        else:
            kept.append(file)
    return kept


@dataclass(frozen=True)
class _Skeleton:
    joints: tuple[str, ...]
    limbs: tuple[tuple[str, str], ...] = ()
    pairs: tuple[tuple[str, str], ...] = ()


# ---- labels ----------------------------------------------------------------------------------------------------------


class _Labels:
    """A .slp while it is read."""

    def __init__(self, content: Group, file: LabelFile, collected: Collected) -> None:
        self.content, self.file, self.collected = content, file, collected
        self.metadata = json.loads(text_of(content["metadata"].attrs["json"]))
        self.videos = [json.loads(text_of(video)) for video in content["videos_json"]]
        version = content["metadata"].attrs.get("format_id", FROM_CENTER)
        self.shift = HALF if float(text_of(version)) < FROM_CENTER else 0.0

    def add(self) -> _Skeleton:
        skeletons = [self._skeleton(one) for one in self.metadata["skeletons"]]
        instances = self.content["instances"][:]
        drawn = instances[instances["instance_type"] != PREDICTED]
        chosen = drawn if len(drawn) else instances
        if len(chosen) and not len(drawn):
            self.collected.remarks.add("file without anything drawn by hand: predictions were read", self.file.name)
        by_frame: dict[int, list[np.void]] = {}
        for instance in chosen:
            by_frame.setdefault(int(instance["frame_id"]), []).append(instance)
        frames = {
            int(frame["frame_id"]): (int(frame["video"]), int(frame["frame_idx"])) for frame in self.content["frames"]
        }
        pictures = self._pictures([frames[key] for key in by_frame if key in frames])
        for key, members in by_frame.items():
            if key not in frames:
                self.collected.problems.add("instance of a frame that is not there", f"frame {key} of {self.file.name}")
            elif frames[key] in pictures:
                self._add_frame(frames[key], pictures[frames[key]], members, skeletons)
        return skeletons[0] if skeletons else _Skeleton(())

    def _add_frame(
        self,
        frame: tuple[int, int],
        picture: str | Path,
        members: Sequence[np.void],
        skeletons: Sequence[_Skeleton],
    ) -> None:
        photo = self.collected.photo(picture, near=self.file.path, source=self._source(frame[0]))
        for instance in members:
            skeleton = skeletons[int(instance["skeleton"])]
            if skeleton.joints != skeletons[0].joints:
                self.collected.problems.add("instance of another skeleton than the first", self.file.name)
                continue
            table = "pred_points" if instance["instance_type"] == PREDICTED else "points"
            points = self.content[table][int(instance["point_id_start"]) : int(instance["point_id_end"])]
            self.collected.person(photo, dict(zip(skeleton.joints, map(self._point, points), strict=False)))

    def _point(self, point: np.void) -> Point:
        score = float(point["score"]) if "score" in point.dtype.names else 1.0
        x, y = float(point["x"]) - self.shift, float(point["y"]) - self.shift
        return Point(x, y, SEEN if point["visible"] else HIDDEN, 1.0 if math.isnan(score) else score)

    def _skeleton(self, values: Mapping) -> _Skeleton:
        """The order of the joints is that of the skeleton; the list of nodes may have another."""
        nodes = [str(node["name"]) for node in self.metadata["nodes"]]
        joints = tuple(nodes[int(node["id"])] for node in values["nodes"])
        limbs, pairs, kinds = [], [], []
        for link in values.get("links", []):
            kind = _edge_type(link.get("type"), kinds)
            ends = nodes[int(link["source"])], nodes[int(link["target"])]
            if kind == BODY:
                limbs.append(ends)
            elif ends[::-1] not in pairs:  # a pair may be written in both directions
                pairs.append(ends)
        return _Skeleton(joints, tuple(limbs), tuple(pairs))

    # -- pictures

    def _source(self, video: int) -> str:
        return Path(self._name(video)).stem

    def _name(self, video: int) -> str:
        """The file of a video, or the folder of its pictures; of an embedded one that from which it was made."""
        backend = self.videos[video].get("backend", self.videos[video])
        dataset = str(backend.get("dataset") or "")
        group = dataset.rpartition("/")[0]
        if group and f"{group}/source_video" in self.content:
            origin = json.loads(text_of(self.content[f"{group}/source_video"].attrs["json"]))
            backend = origin.get("backend", origin)
        name = backend.get("filename") or self.videos[video].get("filename") or f"video{video}"
        if isinstance(name, list):
            return "/".join(parts_of(str(name[0]))[:-1]) if name else ""
        return str(name).replace("\\", "/")

    def _pictures(self, frames: Sequence[tuple[int, int]]) -> dict[tuple[int, int], str | Path]:
        """The picture of each (video, frame)."""
        found: dict[tuple[int, int], str | Path] = {}
        for video in sorted({video for video, _ in frames}):
            numbers = sorted({number for one, number in frames if one == video})
            backend = self.videos[video].get("backend", self.videos[video])
            dataset = str(backend.get("dataset") or "")
            listed = backend.get("filenames") or backend.get("filename")
            if dataset and dataset in self.content:
                pictures = dict(self._embedded(video, dataset, numbers))
            elif isinstance(listed, list):
                pictures = {number: str(listed[number]) for number in numbers if number < len(listed)}
            else:
                only = len(self.videos) == 1
                pictures = frames_of(self._name(video), numbers, self.file.path, self.collected, only=only, most=None)
            found |= {(video, number): picture for number, picture in pictures.items()}
        return found

    def _embedded(self, video: int, dataset: str, numbers: Sequence[int]) -> Iterator[tuple[int, Path]]:
        pixels = self.content[dataset]
        group = dataset.rpartition("/")[0]
        kept = self.content.get(f"{group}/frame_numbers") if group else None
        places = {int(number): place for place, number in enumerate(kept)} if kept is not None else None
        for number in numbers:
            place = number if places is None else places.get(number, -1)
            name = f"video{video}_frame_{number:06d}"
            try:
                if not 0 <= place < len(pixels):
                    raise ValueError("it is not among those inside")
                if math.prod(pixels.shape[1:]) > 3 * MAX_PIXELS:
                    raise ValueError(f"a frame of the shape {pixels.shape[1:]} is too large")
                one = np.asarray(pixels[place])
                if one.ndim == 1:  # the bytes of a picture file, as signed numbers, perhaps with zeros behind
                    path = keep(one.astype(np.int8).tobytes(), self.file.path, name, self.collected.folder)
                else:
                    photo = one[..., 0] if one.ndim == 3 and one.shape[-1] == 1 else one
                    path = keep_pixels(photo.astype(np.uint8), self.file.path, name, self.collected.folder)
            except ValueError as error:
                self.collected.problems.add("frame inside of the file that cannot be read", f"{name} ({error})")
                continue
            yield number, path


def _edge_type(kind: object, seen: list[int]) -> int:
    """Whether an edge is a limb or a pair. jsonpickle writes a value once and then refers to it by its number."""
    if not isinstance(kind, Mapping):
        return BODY
    if "py/reduce" in kind:
        seen.append(int(kind["py/reduce"][1]["py/tuple"][0]))
        return seen[-1]
    place = int(kind.get("py/id", 1)) - 1
    return seen[place] if place < len(seen) else BODY


# ---- the analysis export ---------------------------------------------------------------------------------------------


class _Analysis:
    """An analysis file: arrays of what was found in a video, mostly predictions."""

    def __init__(self, content: Group, file: LabelFile, collected: Collected) -> None:
        self.content, self.file, self.collected = content, file, collected
        self.joints = tuple(text_of(name) for name in content["node_names"])

    def add(self) -> _Skeleton:
        tracks = self._tracks()  # (tracks, 2, joints, frames)
        scores = np.asarray(self.content["point_scores"]) if "point_scores" in self.content else None
        labeled = np.flatnonzero(np.isfinite(tracks).any(axis=(0, 1, 2))).tolist()
        video = text_of(self.content["video_path"][()]) if "video_path" in self.content else self.file.path.stem
        self.collected.remarks.add(
            "analysis file: what it holds was found by a network, and not drawn by hand", self.file.name
        )
        source = Path(video.replace("\\", "/")).stem
        for number, picture in frames_of(video, labeled, self.file.path, self.collected).items():
            photo = self.collected.photo(picture, near=self.file.path, source=source)
            for track in range(len(tracks)):
                points = {}
                for place, joint in enumerate(self.joints):
                    x, y = tracks[track, :, place, number].tolist()
                    score = 1.0
                    if scores is not None and scores.shape == (len(tracks), len(self.joints), tracks.shape[3]):
                        score = float(scores[track, place, number])
                    points[joint] = Point(x, y, confidence=1.0 if math.isnan(score) else score)
                self.collected.person(photo, points)
        edges = self.content.get("edge_names")
        limbs = tuple((text_of(a), text_of(b)) for a, b in edges) if edges is not None and len(edges) else ()
        return _Skeleton(self.joints, limbs)

    def _tracks(self) -> np.ndarray:
        """The axes are (track, x or y, joint, frame), or the other way round where that was asked for; of two joints
        nothing tells, and the first is taken."""
        tracks = np.asarray(self.content["tracks"], np.float64)
        count = len(self.joints)
        if tracks.ndim == 4 and tracks.shape[1:3] == (2, count):
            return tracks
        if tracks.ndim == 4 and tracks.shape[1:3] == (count, 2):
            return tracks.transpose(3, 2, 1, 0)
        raise ValueError(f"tracks have the shape {tracks.shape}; (tracks, 2, {count} joints, frames) was looked for")
