"""A clip in, people out: drawn into a new clip, as JSON, as CSV. Three threads decode, find, and draw and encode."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from hrnet import draw
from hrnet.estimator import Estimator
from hrnet.geometry import Size
from hrnet.person import Person
from hrnet.video import poses
from hrnet.video.files import Limits, VideoError, replacing, shown
from hrnet.video.follower import EVERY, Follower
from hrnet.video.reader import Clip, Frame
from hrnet.video.threads import Ahead, Behind
from hrnet.video.writer import Encoder, Writer, encoder_for

TELL = 0.2  # seconds between two events of progress, about


@dataclass(frozen=True)
class Started:
    """seconds: of the part that will be done, None where the file does not say. sound: what happens to it, in words;
    empty for a silent clip or where no clip is written."""

    size: Size
    rate: float
    seconds: float | None
    sound: str


@dataclass(frozen=True, eq=False)
class Progressed:
    """frames, seconds: of the clip, done so far. share: of it, 0 to 1, and seconds_left: to wait; None where the file
    does not say how long it is. frame, people: the newest ones, for a page that shows them."""

    frames: int
    seconds: float
    share: float | None
    seconds_left: float | None
    frame: Frame
    people: list[Person]


@dataclass(frozen=True)
class Finished:
    """The results are in their places. people: how many different ones. damaged: broken pieces passed over."""

    frames: int
    seconds: float
    people: int
    damaged: int


Event = Started | Progressed | Finished
Work = Callable[[], list[Person]]


def at_once(work: Work) -> list[Person]:
    return work()


def annotate(
    source: str | os.PathLike[str],
    estimator: Estimator,
    *,
    video: str | os.PathLike[str] | None = None,
    json: str | os.PathLike[str] | None = None,
    csv: str | os.PathLike[str] | None = None,
    every: int = EVERY,
    smooth: bool = True,
    start: float = 0.0,
    end: float | None = None,
    threshold: float = draw.VISIBLE,
    limits: Limits | None = None,
    name: str | None = None,
    turn: Callable[[Work], list[Person]] = at_once,
) -> Iterator[Event]:
    """Find and follow the people in a clip. It happens while the events are asked for: `Started`, `Progressed` a few
    times a second, `Finished`.

    All results appear at the end, whole; closing the iterator, or an error, stops everything and leaves nothing. A
    damaged clip is done as far as it can be read, and `Finished` says so.

    Args:
        source: the file of a clip.
        video: where the drawn clip goes, `.mp4` (H.264) or `.webm` (VP9). Sound is copied where it fits, else left out.
        json, csv: where the poses go, in the forms of `hrnet.video.poses`.
        every: the finder looks at every so many frames.
        smooth: whether joints are smoothed over time.
        start, end: the part that is done, in seconds. The drawn clip begins at 0 again; times in JSON and CSV do not.
        threshold: lowest score of a joint that is drawn.
        name: what the clip is called in the JSON; its path if not given.
        turn: gives the result of what it is handed, once per frame: all that uses the estimator. A server whose
            estimator is shared waits for its turn there.
    Raises:
        VideoError: the clip cannot be read, or a result cannot be written.
        ValueError: the estimator has no finder, or `every` is below 1.
    """
    check_targets(source, [path for path in (video, json, csv) if path is not None])
    encoder = encoder_for(video) if video is not None else None
    follow = Follower(estimator, every=every, smooth=smooth)
    begun = time.monotonic()
    with ExitStack() as stack:
        clip = stack.enter_context(Clip(source, start=start, end=end, limits=limits))
        seconds = clip.end - clip.start if clip.end is not None else None
        yield Started(clip.size, clip.rate, seconds, _sound(clip, encoder) if encoder else "")
        name = os.fsdecode(source) if name is None else name
        results = _Results(stack, clip, name, estimator, video, encoder, json, csv, threshold)
        frames = stack.enter_context(Ahead(clip))
        line = stack.enter_context(Behind(results.add))
        told = done = 0
        first = last = None
        ids: set[int] = set()
        for frame in frames:
            first = frame if first is None else first
            people = turn(partial(follow, frame.photo, frame.time))
            ids.update(person.id for person in people)
            line.put((frame, people))
            done, last, now = done + 1, frame, time.monotonic()
            if now - told >= TELL:
                told = now
                seconds_done = frame.time - clip.start + 1 / clip.rate
                share = min(1.0, seconds_done / seconds) if seconds else None
                left = (now - begun) * (1 - share) / share if share else None
                yield Progressed(done, seconds_done, share, left, frame, people)
        if last is None:
            raise VideoError(f"{shown(source)}: there is no frame from {start} to {end} s; choose another part")
    yield Finished(done, last.time - first.time + 1 / clip.rate, len(ids), clip.damaged)


class _Results:
    """All that is written, entered into the stack before the threads, so that it ends after them."""

    def __init__(
        self,
        stack: ExitStack,
        clip: Clip,
        name: str,
        estimator: Estimator,
        video: str | os.PathLike[str] | None,
        encoder: Encoder | None,
        json: str | os.PathLike[str] | None,
        csv: str | os.PathLike[str] | None,
        threshold: float,
    ) -> None:
        self._skeleton, self._threshold = estimator.skeleton, threshold
        self._writes: list[poses.Write] = []
        self._writer: Writer | None = None
        if json is not None:
            part = stack.enter_context(replacing(json))
            self._writes.append(stack.enter_context(poses.json_file(part, name, clip.size, self._skeleton)))
        if csv is not None:
            part = stack.enter_context(replacing(csv))
            self._writes.append(stack.enter_context(poses.csv_file(part, self._skeleton)))
        if video is not None and encoder is not None:
            part = stack.enter_context(replacing(video))
            sound = clip.path if clip.sound in encoder.sound else None
            writer = Writer(part, encoder, clip.size, clip.rate, sound_of=sound)
            self._writer = stack.enter_context(writer)

    def add(self, item: tuple[Frame, Sequence[Person]]) -> None:
        frame, people = item
        for write in self._writes:
            write(frame, people)
        if self._writer is not None:
            drawn = draw.people(frame.photo, people, self._skeleton, threshold=self._threshold)
            self._writer.write(drawn, frame.time)


def check_targets(source: str | os.PathLike[str], targets: Sequence[str | os.PathLike[str]]) -> None:
    """
    Raises:
        VideoError: there is no target, two are the same, one is the source, or its folder is not there.
    """
    if not targets:
        raise VideoError("nothing would be written; name a clip, a JSON or a CSV file")
    taken = {Path(source).resolve()}
    for target in targets:
        path = Path(target).resolve()
        if path in taken:
            raise VideoError(
                f"{shown(target)}: this file would be written over another of this run; choose another name"
            )
        if not path.parent.is_dir():
            raise VideoError(f"{shown(target)}: the folder does not exist; make it first")
        if path.is_dir():
            raise VideoError(f"{shown(target)}: this is a folder; give the name of a file")
        taken.add(path)


def _sound(clip: Clip, encoder: Encoder) -> str:
    if clip.sound is None:
        return ""
    if clip.sound in encoder.sound:
        return f"the sound ({clip.sound}) is kept"
    return f"the sound ({clip.sound}) is left out: browsers do not play it in {encoder.container}"
