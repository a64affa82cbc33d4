"""Labeled sets on disk: created, opened, changed by one person or by several at a time, and never half.

A set is a folder named by its token, which nobody can guess: who knows it may use the set.

    set.json        name, whether it is shared, when it was made, the format that it came in
    journal.jsonl   the skeleton, pictures, labels, splits: one line for each change (`hrnet.sets.journal`)
    pictures/       the pictures, as they were brought
    lock            held by who writes
"""

from __future__ import annotations

import json
import os
import re
import secrets
import shutil
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from hrnet.data.importers.frames import FRAMES
from hrnet.data.pose_set import LabeledPerson, PhotoFile, PoseSet
from hrnet.lock import locked
from hrnet.sets.errors import Conflict, SetError, not_kept
from hrnet.sets.journal import Journal
from hrnet.sets.names import plain_name
from hrnet.sets.things import Picture, Thing
from hrnet.skeleton import Skeleton
from hrnet.weights.store import home

if TYPE_CHECKING:
    from hrnet.sets.bring import Brought

VERSION = 1  # of what is on disk
TOKEN = re.compile(r"[A-Za-z0-9_-]{22}")  # secrets.token_urlsafe(16): 128 bits
MAX_NAME = 80  # letters in the name of a set
KEPT_OPEN = 64  # sets that stay in memory: one of 2,000 pictures takes some megabytes
SPLITS = ("train", "val", "")


class Sets:
    """All sets of this machine.

    Args:
        folder: where they are; `sets` below `HRNET_HOME` where not given.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = Path(folder) if folder else home() / "sets"
        self._open: OrderedDict[str, LabelSet] = OrderedDict()
        self._lock = threading.Lock()

    def create(self, name: str, skeleton: Skeleton, *, shared: bool = False) -> LabelSet:
        """A new set without pictures.

        Raises:
            SetError: the name is empty, or the disk does not take it.
        """
        token = secrets.token_urlsafe(16)
        about = {"name": checked_name(name), "shared": bool(shared), "created": round(time.time(), 3), "format": ""}
        part = self.folder / f".{secrets.token_hex(8)}.part"
        try:
            (part / "pictures").mkdir(parents=True)
            _write_json(part / "set.json", about)
            Journal.begin(part / "journal.jsonl", {"do": "begin", "version": VERSION, "skeleton": skeleton.to_dict()})
            os.rename(part, self.folder / token)  # it appears whole
        except OSError as error:
            raise not_kept("the set cannot be made", error) from error
        finally:
            shutil.rmtree(part, ignore_errors=True)
        return self.open(token)

    def open(self, token: str) -> LabelSet:
        """The set of that token.

        Raises:
            SetError: there is none, or it was made by a newer version of this program.
        """
        folder = self.folder / token if isinstance(token, str) and TOKEN.fullmatch(token) else None
        if folder is None or not (folder / "set.json").is_file():
            raise SetError("there is no such set here: it was removed, or its address is not complete")
        with self._lock:
            one = self._open.setdefault(token, LabelSet(folder))
            self._open.move_to_end(token)
            while len(self._open) > KEPT_OPEN:
                self._open.popitem(last=False)
        return one

    def listed(self, tokens: Sequence[str] = (), everything: bool = False) -> list[LabelSet]:
        """The sets of these tokens that are here, then those that are shared; newest first.

        Args:
            everything: all sets that are not asked for by a token follow, be they shared or not.
        """
        here = {path.parent.name for path in self.folder.glob("*/set.json") if TOKEN.fullmatch(path.parent.name)}
        own, others = [], []
        for token in here:
            try:
                one = self.open(token)
                if token in tokens:
                    own.append((one.created, one))
                elif everything or one.shared:
                    others.append((one.created, one))
            except SetError:
                continue  # removed meanwhile, or damaged: the others are there all the same
        return [one for some in (own, others) for _, one in sorted(some, key=lambda pair: pair[0], reverse=True)]

    def remove(self, token: str) -> None:
        """Delete a set with all its pictures and labels.

        Raises:
            SetError: there is none, or it cannot be deleted.
        """
        folder = self.open(token).folder
        gone = self.folder / f".{secrets.token_hex(8)}.gone"
        with self._lock:
            self._open.pop(token, None)
        try:
            os.rename(folder, gone)  # at once for everybody
            shutil.rmtree(gone)
        except OSError as error:
            raise SetError(f"the set cannot be removed: {error.strerror or error}") from error


class LabelSet:
    """One set. Any number of threads and processes may have it open: each sees what the others have saved.

    Attributes:
        token: who knows it may use the set. folder: where it is on disk.
    """

    def __init__(self, folder: Path) -> None:
        self.folder, self.token = folder, folder.name
        self._journal = Journal(folder / "journal.jsonl")
        self._lock = threading.RLock()
        self._about: tuple[tuple[int, int], dict] = ((0, 0), {})
        self._unfit = 0  # changes in the journal that mean nothing here
        self._skeleton: Skeleton | None = None
        self._pictures: dict[int, Picture] = {}
        self._stored: dict[int, list[dict]] = {}  # things as they are in the journal
        self._things: dict[int, tuple[Thing, ...]] = {}  # of those that somebody has asked for
        self._epoch = 0  # changes of the skeleton so far that moved labels
        self._next = 1  # id of the next picture

    # ---- what it is called -------------------------------------------------------------------------------------------

    @property
    def name(self) -> str:
        return str(self._told("name") or "unnamed")

    @property
    def shared(self) -> bool:
        return bool(self._told("shared"))

    @property
    def created(self) -> float:
        """Seconds since 1970."""
        return float(self._told("created") or 0.0)

    @property
    def format(self) -> str:
        """Of the files that it came in, as the first that were brought told."""
        return str(self._told("format") or "")

    def rename(self, name: str) -> None:
        """Raises SetError where the name is empty or cannot be saved."""
        self.tell(name=checked_name(name))

    def share(self, shared: bool) -> None:
        """List the set for everybody who looks at this server, or for nobody.

        Raises:
            SetError: it cannot be saved.
        """
        self.tell(shared=bool(shared))

    def tell(self, **changes: object) -> None:
        """Change what set.json says."""
        with self._changing():
            try:
                _write_json(self.folder / "set.json", self._read_about() | changes)
            except OSError as error:
                raise not_kept("not saved", error) from error

    def _told(self, key: str) -> object:
        return self._read_about().get(key)

    def _read_about(self) -> dict:
        path = self.folder / "set.json"
        try:
            state = path.stat()
            version = state.st_ino, state.st_mtime_ns  # each change is a new file; clocks of disks tick slowly
            if version != self._about[0]:
                self._about = version, dict(json.loads(path.read_bytes()))
        except FileNotFoundError as error:
            raise SetError("this set is gone: it was removed") from error
        except (OSError, ValueError, TypeError) as error:
            raise SetError(
                "set.json of this set cannot be read; restore it from a copy, its labels are whole"
            ) from error
        return self._about[1]

    # ---- what is in it -----------------------------------------------------------------------------------------------

    @property
    def skeleton(self) -> Skeleton:
        self._catch_up()
        return self._skeleton

    @property
    def pictures(self) -> dict[int, Picture]:
        """The pictures by their ids, in the order in which they were brought."""
        with self._lock:
            self._catch_up()
            return dict(self._pictures)

    @property
    def labeled(self) -> int:
        """How many pictures have things in them."""
        with self._lock:
            self._catch_up()
            return sum(bool(things) for things in self._stored.values())

    @property
    def problems(self) -> tuple[str, ...]:
        """What is wrong with the files of the set, one line each."""
        self._catch_up()
        wrong = len(self._journal.damaged) + self._unfit
        return (f"{wrong} x damaged line of journal.jsonl, which was passed over",) if wrong else ()

    def picture(self, id: int) -> Picture:
        """Raises SetError where there is no such picture."""
        with self._lock:
            self._catch_up()
            try:
                return self._pictures[id]
            except (KeyError, TypeError):
                raise SetError(f"there is no picture {str(id)[:20]} in this set; it may have been removed") from None

    def things(self, id: int) -> tuple[Thing, ...]:
        """The things in a picture, each with its box: drawn, or made from its joints.

        Raises:
            SetError: there is no such picture.
        """
        return self.seen(id)[1]

    def seen(self, id: int) -> tuple[Picture, tuple[Thing, ...]]:
        """A picture and the things in it, both of the same moment.

        Raises:
            SetError: there is no such picture.
        """
        with self._lock:
            picture = self.picture(id)
            if id not in self._things:
                stored = map(Thing.of, self._stored.get(id, ()))
                self._things[id] = tuple(thing.boxed(picture.size) for thing in stored)
            return picture, self._things[id]

    def poses(self, split: str | None = None, *, proposed: bool = False) -> PoseSet:
        """The set as everything else in this library takes it: training, the doctor, export.

        Args:
            split: only this part.
            proposed: with what a network proposed and nobody has confirmed; a picture with such is not complete.
        Raises:
            ValueError: there is no such split.
        """
        photos, samples = [], []
        with self._lock:
            skeleton = self.skeleton
            for id in self._pictures:
                picture, things = self.seen(id)
                kept = [thing for thing in things if proposed or thing.by != "network"]
                samples += [_person(thing, len(samples) + n, len(photos)) for n, thing in enumerate(_boxed(kept), 1)]
                photos.append(_photo(picture, whole=len(kept) == len(things)))
        poses = PoseSet(skeleton, tuple(photos), tuple(samples))
        return poses.split(split) if split else poses

    # ---- changes -----------------------------------------------------------------------------------------------------

    def stroke(self, picture_id: int, revision: int, things: Sequence[Thing], by: str = "person") -> int:
        """Save the things in a picture as they are now. It is on the disk when this returns.

        Args:
            revision: of the picture that was changed. Where the same stroke was saved already (its answer was lost on
                the way), it is answered again.
            by: who made the change, for the journal.
        Returns:
            the new revision.
        Raises:
            Conflict: the picture has another revision by now. Nothing is overwritten.
            SetError: there is no such picture, the things do not fit the skeleton, or the disk does not take it.
        """
        with self._changing():
            picture = self.picture(picture_id)
            values = [_stored(thing, self._skeleton) for thing in things]
            if picture.revision != revision:
                if picture.revision == revision + 1 and values == self._stored.get(picture_id, []):
                    return picture.revision
                message = (
                    f"{picture.name} was changed by somebody else meanwhile (it is at revision {picture.revision}, "
                    f"yours began from {revision}); nothing was overwritten: load the picture again"
                )
                raise Conflict(message, picture_id, picture.revision)
            record = {"do": "stroke", "picture": picture_id, "revision": revision + 1, "by": str(by)}
            self._save(record | {"at": round(time.time(), 3), "things": values})
            return revision + 1

    def set_skeleton(self, skeleton: Skeleton, order: Sequence[int | None] | None = None) -> None:
        """Change the joints; labels are carried along.

        Where joints move, every picture gets a new revision: strokes that were begun with the old joints are refused.

        Args:
            order: for each new joint its old place, or None for a joint that nobody has labeled yet; by the names of
                the joints where not given.
        Raises:
            SetError: `order` is not one place for each new joint, names a place that is not, or one twice.
        """
        with self._changing():
            old = self._skeleton
            if order is None:
                order = [old.joints.index(joint) if joint in old.joints else None for joint in skeleton.joints]
            places = [place for place in order if place is not None]
            if len(order) != len(skeleton) or len(set(places)) != len(places):
                raise SetError(f"the new skeleton has {len(skeleton)} joints; give for each its old place, or none")
            if any(type(place) is not int or not 0 <= place < len(old) for place in places):
                raise SetError(f"the old joints have the places 0 to {len(old) - 1}, got {list(order)}")
            self._save({"do": "skeleton", "skeleton": skeleton.to_dict(), "order": list(order)})

    def set_split(self, splits: Mapping[int, str]) -> None:
        """Say of pictures to which part they belong: "train", "val", or "" for undecided.

        Raises:
            SetError: there is no such picture or part; then nothing is changed.
        """
        with self._changing():
            for id, split in splits.items():
                self.picture(id)
                if split not in SPLITS:
                    raise SetError(f'a picture belongs to "train", "val" or "" (undecided), got {str(split)[:40]!r}')
            groups = {name: [id for id, split in splits.items() if split == name] for name in SPLITS}
            self._save({"do": "split", "splits": {name: ids for name, ids in groups.items() if ids}})

    def remove_picture(self, picture_id: int) -> None:
        """Take a picture out of the set. Its file and its labels stay on the disk until the set goes.

        Raises:
            SetError: there is no such picture.
        """
        with self._changing():
            self.picture(picture_id)
            self._save({"do": "remove", "picture": picture_id})

    def add(
        self, pictures: Sequence[New], labels: Mapping[int, Sequence[Thing]], skeleton: Skeleton
    ) -> tuple[dict[int, New], list[New], list[int]]:
        """Put pictures into the set, and labels on pictures in it that have none: all of it, or nothing.

        Args:
            pictures: their files are moved to the set's own folder.
            labels: things by ids of pictures.
            skeleton: the one that the things were made for.
        Returns:
            the new pictures by their ids; those that are in the set already, which stay where they are; and the ids
            of the pictures that got labels.
        Raises:
            SetError: the joints were changed meanwhile, or the disk does not take it.
        """
        moved: list[Path] = []
        with self._changing():
            if skeleton.joints != self._skeleton.joints:
                raise SetError("the joints of this set were changed meanwhile; bring the files again")
            known = {picture.digest for picture in self._pictures.values()}
            fresh = [new for new in pictures if new.digest not in known]
            free = {id: things for id, things in labels.items() if id in self._pictures and not self._stored[id]}
            added = dict(enumerate(fresh, self._next))
            self._clear_orphans()
            try:
                records = []
                for id, new in added.items():
                    path = self.folder / "pictures" / f"{id:06d}_{plain_name(new.name)}"
                    os.replace(new.file, path)
                    moved.append(path)
                    records.append({"id": id, "file": path.name, **new.values(self._skeleton)})
                if records:
                    self._save({"do": "pictures", "pictures": records})
                    moved.clear()
            except OSError as error:
                raise not_kept("the pictures cannot be kept", error) from error
            finally:
                for path in moved:
                    path.unlink(missing_ok=True)
            if free:
                values = [[id, [_stored(thing, self._skeleton) for thing in things]] for id, things in free.items()]
                self._save({"do": "labels", "labels": values})
        return added, [new for new in pictures if new.digest in known], list(free)

    def _clear_orphans(self) -> None:
        """Delete the pictures of a process that was killed before it could write that they are here."""
        for path in (self.folder / "pictures").iterdir():
            number = path.name.partition("_")[0]
            if not number.isdecimal() or int(number) >= self._next:
                path.unlink(missing_ok=True)

    def bring(
        self,
        paths: Path | Sequence[Path],
        progress: Callable[[int, int], None] = lambda done, total: None,
        *,
        frames: int = FRAMES,
    ) -> Brought:
        """Add what is in files: `hrnet.sets.bring.bring`."""
        from hrnet.sets.bring import bring  # here: it stands above this module

        return bring(self, paths, progress, frames=frames)

    def export(self, path: Path, progress: Callable[[int, int], None] = lambda done, total: None) -> Path:
        """Write the set as a zip of COCO keypoints: `hrnet.sets.export.export`."""
        from hrnet.sets.export import export

        return export(self, path, progress)

    @contextmanager
    def _changing(self) -> Iterator[None]:
        """Alone among all threads and processes, and with all they have saved."""
        with self._lock:
            if not self.folder.is_dir():  # the lock would make it again
                raise SetError("this set is gone: it was removed")
            with locked(self.folder / "lock"):
                self._catch_up()
                yield

    def _save(self, record: dict) -> None:
        self._journal.append(record)
        self._catch_up()  # what was written goes the way of what others write

    # ---- the journal -------------------------------------------------------------------------------------------------

    def _catch_up(self) -> None:
        with self._lock:
            for record in self._journal.news():
                try:
                    self._apply(record)
                except SetError:
                    raise
                except (AttributeError, KeyError, TypeError, ValueError):
                    self._unfit += 1  # written by somebody else: the other lines are whole by themselves
            if self._skeleton is None:
                raise SetError("the journal of this set has no beginning; restore journal.jsonl from a copy")

    def _apply(self, record: dict) -> None:
        kind = record.get("do")
        if kind == "begin":
            if record["version"] > VERSION:
                raise SetError("this set was made by a newer version of this program; update it")
            self._skeleton, self._epoch, self._next = Skeleton.from_dict(record["skeleton"]), 0, 1
            self._unfit = 0
            for known in (self._pictures, self._stored, self._things):
                known.clear()
        elif kind == "skeleton":
            self._carry(Skeleton.from_dict(record["skeleton"]), record["order"])
        elif kind == "pictures":
            for values in record["pictures"]:
                self._add(values)
        elif kind == "labels":  # of files, for pictures that were here before
            for id, things in record["labels"]:
                self._set_things(id, things, self._pictures[id].revision + 1)
        elif kind == "stroke":
            self._set_things(record["picture"], record["things"], record["revision"])
        elif kind == "split":
            for split, ids in record["splits"].items():
                for id in ids:
                    self._pictures[id] = replace(self._pictures[id], split=split)
        elif kind == "remove":
            for known in (self._pictures, self._stored, self._things):
                known.pop(record["picture"], None)

    def _add(self, values: dict) -> None:
        values = dict(values)
        id, things, file = values["id"], values.pop("things", []), values.pop("file")
        path = self.folder / "pictures" / file
        self._pictures[id] = Picture(path=path, revision=self._epoch, **values)
        self._stored[id] = things
        self._next = max(self._next, id + 1)

    def _set_things(self, id: int, things: list[dict], revision: int) -> None:
        self._pictures[id] = replace(self._pictures[id], revision=revision)
        self._stored[id] = things
        self._things.pop(id, None)

    def _carry(self, skeleton: Skeleton, order: list[int | None]) -> None:
        if self._pictures and order != list(range(len(self._skeleton))):
            self._epoch += 1  # whose labels of pictures that come later have not moved: all revisions stay comparable
            for id, picture in self._pictures.items():
                things = [Thing.of(values).carried(order).values() for values in self._stored[id]]
                self._set_things(id, things, picture.revision + 1)
        self._skeleton = skeleton


@dataclass(frozen=True, eq=False)
class New:
    """A picture on its way into a set. file: to be moved there. name: as it was brought, with its folders."""

    file: Path
    name: str
    width: int
    height: int
    digest: str
    split: str = ""
    source: str = ""
    complete: bool = False
    crowding: float | None = None
    things: tuple[Thing, ...] = ()

    def values(self, skeleton: Skeleton) -> dict[str, object]:
        """As the journal has it."""
        names = ("name", "width", "height", "digest", "split", "source", "complete", "crowding")
        things = [_stored(thing, skeleton) for thing in self.things]
        return {name: getattr(self, name) for name in names} | {"things": things}


def checked_name(name: object) -> str:
    """A name as it is kept: one line.

    Raises:
        SetError: there is nothing of it, or too much.
    """
    plain = " ".join("".join(letter if letter.isprintable() else " " for letter in str(name)).split())
    if not plain:
        raise SetError("a set needs a name; type one")
    if len(plain) > MAX_NAME:
        raise SetError(f"a name has up to {MAX_NAME} letters, got {len(plain)}; shorten it")
    return plain


def _write_json(path: Path, values: Mapping) -> None:
    """Whole or not at all."""
    part = path.with_name(f".{secrets.token_hex(4)}.part")
    try:
        with part.open("w", encoding="utf-8") as file:
            json.dump(values, file, ensure_ascii=False, indent=1)
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)


def _stored(thing: Thing, skeleton: Skeleton) -> dict:
    """A thing as the journal has it: a made box is made again whenever it is asked for."""
    if len(thing.keypoints) != len(skeleton):
        raise SetError(
            f"a thing has {len(thing.keypoints)} joints, this set {len(skeleton)}: its joints were changed; load the "
            "picture again"
        )
    return (replace(thing, box=None, made=False) if thing.made else thing).values()


def _boxed(things: Sequence[Thing]) -> list[Thing]:
    """Those that are somewhere: with a box or a joint."""
    return [thing for thing in things if thing.box is not None]


def _person(thing: Thing, id: int, photo: int) -> LabeledPerson:
    return LabeledPerson(
        id=id,
        photo=photo,
        box=thing.box,
        keypoints=thing.keypoints,
        confidence=thing.confidence,
        ignore=thing.ignore,
        crowd=thing.crowd,
        area=thing.area,
        head=thing.head,
        uncut=thing.uncut,
    )


def _photo(picture: Picture, whole: bool) -> PhotoFile:
    return PhotoFile(
        id=picture.id,
        path=picture.path,
        size=picture.size,
        source=picture.source,
        split=picture.split,
        complete=picture.complete and whole,
        crowding=picture.crowding,
    )
