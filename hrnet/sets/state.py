"""What the lines of a journal add up to: the joints, the pictures and the things of a set as they are now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from hrnet.sets.errors import SetError
from hrnet.sets.things import Picture, Thing
from hrnet.skeleton import Skeleton

VERSION = 1  # of what is on disk
PICTURES = "pictures"  # the folder with their files


class State:
    """Changed by nothing but the records of the journal, one after the other, so it is the same in every process.

    Attributes:
        skeleton: None before the first record.
        pictures, things: by ids of pictures; things as the journal has them.
        removed: pictures that were taken out; they are not among the others until somebody brings them back.
        next: the id of the next picture.
        unfit: records that mean nothing here.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._clear()

    def _clear(self) -> None:
        self.skeleton: Skeleton | None = None
        self.pictures: dict[int, Picture] = {}
        self.things: dict[int, list[dict]] = {}
        self.removed: dict[int, Picture] = {}
        self._removed_things: dict[int, list[dict]] = {}
        self.next = 1
        self.unfit = 0
        self._seen: dict[int, tuple[Thing, ...]] = {}  # of pictures that somebody has asked for
        self._epoch = 0  # the revision with which new pictures begin: older ones have moved on when joints moved

    def seen(self, id: int) -> tuple[Thing, ...]:
        """The things in a picture, with their boxes."""
        if id not in self._seen:
            size = self.pictures[id].size
            self._seen[id] = tuple(Thing.of(values).boxed(size) for values in self.things[id])
        return self._seen[id]

    def apply(self, record: Mapping) -> None:
        """Take in one line of the journal. One that cannot be, because somebody else wrote it, is counted.

        Raises:
            SetError: a newer version of this program has written it.
        """
        if record.get("do") == "begin" and record.get("version") != VERSION:
            raise SetError("this set was made by a newer version of this program; update it")
        try:
            getattr(self, f"_on_{record['do']}")(record)
        except (AttributeError, IndexError, KeyError, TypeError, ValueError):
            self.unfit += 1

    def _on_begin(self, record: Mapping) -> None:
        self._clear()
        self.skeleton = Skeleton.from_dict(record["skeleton"])

    def _on_skeleton(self, record: Mapping) -> None:
        skeleton, order = Skeleton.from_dict(record["skeleton"]), record["order"]
        if (self.pictures or self.removed) and order != list(range(len(self.skeleton))):
            carried, removed = (
                {id: [Thing.of(values).carried(order).values() for values in things] for id, things in known.items()}
                for known in (self.things, self._removed_things)
            )
            self._epoch += 1
            for id, things in carried.items():
                self._set(id, things, self.pictures[id].revision + 1)
            self._removed_things = removed
        self.skeleton = skeleton

    def _on_bring(self, record: Mapping) -> None:
        if record["skeleton"]:
            self.skeleton = Skeleton.from_dict(record["skeleton"])
        for values in record["pictures"]:
            self._add(dict(values))
        for id, things in record["labels"]:
            self._set(id, things, self.pictures[id].revision + 1)

    def _add(self, values: dict) -> None:
        id, things, file = values["id"], values.pop("things"), values.pop("file")
        if Path(file).name != file:
            raise ValueError(f"a picture lies in the folder of its set, got {file}")
        self.pictures[id] = Picture(path=self._folder / PICTURES / file, revision=self._epoch, **values)
        self.things[id] = things
        self.next = max(self.next, id + 1)

    def _on_stroke(self, record: Mapping) -> None:
        self._set(record["picture"], record["things"], record["revision"])

    def _on_split(self, record: Mapping) -> None:
        for split, ids in record["splits"].items():
            for id in ids:
                self.pictures[id] = replace(self.pictures[id], split=split)

    def _on_remove(self, record: Mapping) -> None:
        id = record["picture"]
        self.removed[id], self._removed_things[id] = self.pictures.pop(id), self.things.pop(id)
        self._seen.pop(id, None)

    def _on_restore(self, record: Mapping) -> None:
        id = record["picture"]
        picture = self.removed.pop(id)
        self.pictures = dict(sorted({**self.pictures, id: picture}.items()))
        # A revision of its own: strokes from before it went are refused, and so are those from before joints moved.
        self._set(id, self._removed_things.pop(id), max(picture.revision, self._epoch) + 1)

    def _set(self, id: int, things: list[dict], revision: int) -> None:
        self.pictures[id] = replace(self.pictures[id], revision=revision)
        self.things[id] = things
        self._seen.pop(id, None)
