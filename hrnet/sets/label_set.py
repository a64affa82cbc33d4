"""One labeled set on disk: opened and changed by one person or by several at a time, and never half.

A set is a folder named by its token, which nobody can guess: who knows it may use the set.

    set.json        name, whether it is shared, when it was made, the format that it came in
    journal.jsonl   the skeleton, pictures, labels, splits: one line for each change (`hrnet.sets.journal`)
    pictures/       the pictures, as they were brought
    lock            held by who writes
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from hrnet.data.pose_set import PoseSet
from hrnet.lock import locked
from hrnet.sets.about import About, checked_name
from hrnet.sets.as_poses import as_poses
from hrnet.sets.errors import Conflict, SetError, not_kept
from hrnet.sets.export import export
from hrnet.sets.journal import Journal
from hrnet.sets.names import plain_name
from hrnet.sets.state import PICTURES, VERSION, State
from hrnet.sets.things import New, Picture, Thing
from hrnet.skeleton import Skeleton

JOURNAL, LOCK = "journal.jsonl", "lock"
SPLITS = ("train", "val", "")
GONE = "this set is gone: it was removed"


class LabelSet:
    """One set. Any number of threads and processes may have it open: each sees what the others have saved.

    Attributes:
        token: who knows it may use the set. folder: where it is on disk.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.token = folder.name.lstrip(".")  # the folder is hidden while the set is being made
        self._about = About(folder)
        self._journal, self._state = Journal(folder / JOURNAL), State(folder)
        self._lock = threading.RLock()

    # ---- what it is called -------------------------------------------------------------------------------------------

    def told(self, key: str, default: object = None) -> object:
        """What set.json says. Raises SetError where the set is gone."""
        return self._about.values().get(key, default)

    def tell(self, **changes: object) -> None:
        """Change what set.json says, in plain values.

        Raises:
            SetError: it cannot be saved.
        """
        with self._changing():
            try:
                self._about.write(self._about.values() | changes)
            except OSError as error:
                raise not_kept("not saved", error) from error

    @property
    def name(self) -> str:
        return str(self.told("name", "unnamed"))

    @property
    def shared(self) -> bool:
        return bool(self.told("shared"))

    @property
    def created(self) -> float:
        """Seconds since 1970."""
        return float(self.told("created", 0.0))

    @property
    def format(self) -> str:
        """Of the files that it came in, as those that were brought first tell."""
        return str(self.told("format", ""))

    def rename(self, name: str) -> None:
        """Raises SetError where the name is empty or cannot be saved."""
        self.tell(name=checked_name(name))

    def share(self, shared: bool) -> None:
        """List the set for everybody who looks at this server, or for nobody but those who know its token.

        Raises:
            SetError: it cannot be saved.
        """
        self.tell(shared=bool(shared))

    # ---- what is in it -----------------------------------------------------------------------------------------------

    @property
    def skeleton(self) -> Skeleton:
        return self._now().skeleton

    @property
    def pictures(self) -> dict[int, Picture]:
        """The pictures by their ids, in the order in which they were brought."""
        with self._lock:
            return dict(self._now().pictures)

    @property
    def removed(self) -> dict[int, Picture]:
        """The pictures that were taken out of the set, by their ids."""
        with self._lock:
            return dict(self._now().removed)

    @property
    def labeled(self) -> int:
        """How many pictures have things in them, by whomever."""
        with self._lock:
            return sum(map(bool, self._now().things.values()))

    @property
    def problems(self) -> tuple[str, ...]:
        """What is wrong with the files of the set, one line each."""
        with self._lock:
            wrong = self._now().unfit + len(self._journal.damaged)
        return (f"{wrong} x damaged line of {JOURNAL}, which was passed over",) if wrong else ()

    def picture(self, id: int) -> Picture:
        """Raises SetError where there is no such picture."""
        found = self._now().pictures.get(id) if isinstance(id, int) else None
        if found is None:
            raise SetError(f"there is no picture {str(id)[:20]} in this set; it may have been removed")
        return found

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
            return self.picture(id), self._state.seen(id)

    def poses(self, split: str | None = None, *, proposed: bool = False) -> PoseSet:
        """The set as everything else in this library takes it: training, the doctor, export.

        Args:
            split: only this part.
            proposed: with what a network proposed and nobody has confirmed; without it, a picture with such is not
                complete.
        Raises:
            ValueError: there is no such split.
        """
        with self._lock:
            poses = as_poses(self._now(), proposed)
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
        with self._changing() as state:
            picture = self.picture(picture_id)
            values = [thing.stored(state.skeleton) for thing in things]
            if picture.revision != revision:
                if picture.revision == revision + 1 and values == state.things[picture_id]:
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
        with self._changing() as state:
            old = state.skeleton
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
        """Take a picture out of the set, with its labels; `restore_picture` brings both back.

        Raises:
            SetError: there is no such picture.
        """
        with self._changing():
            self.picture(picture_id)
            self._save({"do": "remove", "picture": picture_id})

    def restore_picture(self, picture_id: int) -> int:
        """Bring back a picture that was taken out, and its labels; its new revision. One that is there stays as it is.

        Raises:
            SetError: there was no such picture.
        """
        with self._changing() as state:
            if picture_id in state.removed:
                self._save({"do": "restore", "picture": picture_id})
            return self.picture(picture_id).revision

    def add(
        self, pictures: Sequence[New], labels: Mapping[int, Sequence[Thing]], old: Skeleton, skeleton: Skeleton
    ) -> tuple[dict[int, New], list[New], list[int]]:
        """Put pictures into the set, and labels on pictures in it that have none: all of it, or nothing.

        Args:
            pictures: their files are moved to the set's own folder.
            labels: things by ids of pictures.
            old: the joints that the set had when this began.
            skeleton: the joints that the things have, and from now on the set.
        Returns:
            the new pictures by their ids; those that are in the set already, which stay where they are; and the ids
            of the pictures that got labels.
        Raises:
            SetError: the joints were changed meanwhile, or the disk does not take it.
        """
        moved: list[Path] = []
        with self._changing() as state:
            if state.skeleton.joints != old.joints or (skeleton.joints != old.joints and any(state.things.values())):
                raise SetError("the joints of this set were changed meanwhile; bring the files again")
            known = {picture.digest for picture in state.pictures.values()}
            added = dict(enumerate((new for new in pictures if new.digest not in known), state.next))
            free = {id: things for id, things in labels.items() if id in state.things and not state.things[id]}
            self._clear_orphans(state.next)
            try:
                records = []
                for id, new in added.items():
                    path = self.folder / PICTURES / f"{id:06d}_{plain_name(new.name)}"
                    os.replace(new.file, path)
                    moved.append(path)
                    records.append({"id": id, "file": path.name, **new.values(skeleton)})
                changed = None if skeleton.joints == old.joints else skeleton.to_dict()
                values = [[id, [thing.stored(skeleton) for thing in things]] for id, things in free.items()]
                if changed or records or values:
                    self._save({"do": "bring", "skeleton": changed, "pictures": records, "labels": values})
                moved.clear()
            except OSError as error:
                raise not_kept("the pictures cannot be kept", error) from error
            finally:
                for path in moved:
                    path.unlink(missing_ok=True)
        return added, [new for new in pictures if new.digest in known], list(free)

    def _clear_orphans(self, next: int) -> None:
        """Delete the pictures of a process that was killed before it could write that they are here."""
        for path in (self.folder / PICTURES).iterdir():
            number = path.name.partition("_")[0]
            if not number.isdecimal() or int(number) >= next:
                path.unlink(missing_ok=True)

    def export(
        self,
        path: Path,
        progress: Callable[[int, int], None] = lambda done, total: None,
        *,
        unlabeled: bool = True,
    ) -> Path:
        """Write the set as a zip of COCO keypoints, the pictures under the names that they were brought with.

        Proposals of a network that nobody has confirmed are left out.

        Args:
            unlabeled: with pictures that have no labels.
        Raises:
            SetError: it cannot be written.
        """
        pictures = self.pictures
        poses = self.poses().only(lambda photo: photo.id in pictures)  # without what comes meanwhile
        if not unlabeled:
            labeled = {poses.photos[person.photo].id for person in poses.samples}
            poses = poses.only(lambda photo: photo.id in labeled)
        return export(poses, {id: picture.name for id, picture in pictures.items()}, path, progress)

    # ---- the journal -------------------------------------------------------------------------------------------------

    @contextmanager
    def _changing(self) -> Iterator[State]:
        """Alone among all threads and processes, and with all they have saved."""
        with self._lock:
            if not self.folder.is_dir():  # the lock would make it again
                raise SetError(GONE)
            with locked(self.folder / LOCK):
                yield self._now()

    def _save(self, record: dict) -> None:
        self._journal.append(record)
        self._now()  # what was written goes the way of what others write

    def _now(self) -> State:
        """With what others have saved since.

        Raises:
            SetError: the set is gone, damaged from its beginning, or of a newer version of this program.
        """
        with self._lock:
            try:
                for record in self._journal.news():
                    self._state.apply(record)
                if self._state.skeleton is None:
                    raise SetError(f"the journal of this set has no beginning; restore {JOURNAL} from a copy")
            except SetError:  # whoever asks next is told the same
                self._journal, self._state = Journal(self.folder / JOURNAL), State(self.folder)
                raise
            return self._state


def begin(folder: Path, about: Mapping, skeleton: Skeleton) -> None:
    """Write a new set without pictures into an empty folder. Raises OSError or SetError."""
    (folder / PICTURES).mkdir()
    About(folder).write(about)
    Journal.begin(folder / JOURNAL, {"do": "begin", "version": VERSION, "skeleton": skeleton.to_dict()})
