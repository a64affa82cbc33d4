"""Photos decoded when their turn comes: no file is written, and little is decoded twice."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from concurrent.futures import Future

import numpy as np

from hrnet.data.flat import file_of
from hrnet.data.pose_set import LabeledPerson, PhotoFile
from hrnet.data.source import Stored
from hrnet.image import ImageError

MEMORY = 256 * 2**20  # bytes: twice the photos that a Mixture by photo mixes, at COCO's 0.9 MB


class PhotoStream:
    """Decodes what is asked for and remembers what was asked for last.

    With `Mixture(..., photos=...)`, which deals out the persons of a few photos before it goes on to the next few, each
    photo is decoded once a round. What is given never depends on what is remembered, so a run goes on exactly where
    it stopped. With several processes each decodes the photos of its own rows.

    Args:
        memory: bytes of decoded photos that are kept; in use beyond that is one photo per thread that asks. If the
            photos of `hrnet.data.sampler.TOGETHER` do not fit, some are decoded again for their next person.
    """

    def __init__(self, photos: Sequence[PhotoFile], memory: int = MEMORY) -> None:
        self.photos, self.memory = photos, memory
        self.broken: dict[str, str] = {}
        self.decoded = 0  # photos so far; a photo that is decoded twice counts twice
        self._kept: OrderedDict[int, Future[np.ndarray | None]] = OrderedDict()  # used last stands last
        self._bytes = 0
        self._lock = threading.Lock()

    def photo(self, place: int) -> np.ndarray | None:
        """uint8 (H, W, 3), not to be written to; None if it cannot be read, which `broken` tells from then on."""
        with self._lock:
            asked = self._kept.pop(place, None)
            mine = asked is None
            if mine:
                asked = Future()
            self._kept[place] = asked
        if mine:
            self._decode(place, asked)
        return asked.result()

    def around(self, number: int, person: LabeledPerson) -> Stored | None:
        """The whole photo of a person, see `hrnet.data.source`."""
        photo = self.photo(person.photo)
        return None if photo is None else Stored(photo)

    def _decode(self, place: int, asked: Future[np.ndarray | None]) -> None:
        photo, reason = None, ""
        try:
            photo = self.photos[place].read()
            photo.flags.writeable = False
        except ImageError as error:
            reason = str(error)
        except BaseException as error:  # who waits for this photo gets the same
            with self._lock:
                self._kept.pop(place, None)
            asked.set_exception(error)
            return
        with self._lock:
            self.decoded += 1
            if photo is None:
                self.broken[file_of(self.photos[place])] = reason
            else:
                self._bytes += photo.nbytes
            asked.set_result(photo)
            self._forget()

    def _forget(self) -> None:
        """Let go of what was used longest ago, until the rest fits. Broken photos stay: they take no room."""
        for place, asked in list(self._kept.items()):
            if self._bytes <= self.memory:
                return
            photo = asked.result() if asked.done() else None
            if photo is not None:
                del self._kept[place]
                self._bytes -= photo.nbytes
