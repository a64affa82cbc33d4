"""The bench "clip": one visitor's clip worked on from its first frame to its last. It takes minutes."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from apps.desk import shrunk
from apps.views.video.source import LIMITS, POSTER, without_folder
from apps.views.video.values import seconds, text, yes
from hrnet import colors, draw
from hrnet.skeleton import Skeleton
from hrnet.video import ENCODERS, Event, Finished, Progressed, annotate

if TYPE_CHECKING:
    from apps.desk import Desk
    from apps.views.video import Say

ROWS = 24  # persons in the timeline: those who were seen longest


def answer(desk: Desk, values: Mapping[str, Any], say: Say) -> dict[str, Any]:
    """Find, follow and draw the people of a clip.

    Args:
        values: {"file", the token of a clip; "start" and "end" of the part, in seconds, or None; "smooth", whether
            joints are smoothed; "kind", "mp4" or "webm", as which the drawn clip is written}.
        say: hears the share that is done a few times a second; 0 where the file does not say how long it is.
    Returns:
        "video", "json", "csv": addresses of the results; "names": what each is called; "poster": the address of the
        drawn frame with the most people; "frames", "seconds", "people": how many and how long; "damaged": broken
        pieces that were passed over; "timeline": see `Timeline.rows`.
    Raises:
        ValueError: the clip cannot be read, is above LIMITS, or the question is wrong; one line for the visitor.
    """
    path = desk.file(text(values, "file"))
    kind = f".{values.get('kind', 'mp4')}"
    if kind not in ENCODERS:
        raise ValueError(f"kind is one of {', '.join(name[1:] for name in ENCODERS)}, got {kind[1:]!r:.60}")
    start, end = seconds(values, "start") or 0.0, seconds(values, "end")
    smooth = yes(values, "smooth", True)
    say(0)
    estimator = desk.model.estimator
    with results(desk, path.stem, (f"-people{kind}", "-people.json", "-people.csv")) as (tokens, paths):
        targets = dict(zip(("video", "json", "csv"), paths, strict=True))
        events = annotate(
            path,
            estimator,
            **targets,
            start=start,
            end=end,
            smooth=smooth,
            limits=LIMITS,
            name=path.name,
            turn=lambda work: desk.model.use(lambda estimator: work()),
        )
        with without_folder(path, *paths), closing(events):
            first, fullest, finished = _through(events, say)
        timeline = Timeline.read(targets["csv"], estimator.skeleton, first, finished.seconds / finished.frames)
        drawn = draw.people(fullest.frame.photo, fullest.people, estimator.skeleton)
        return {
            **dict(zip(targets, map(desk.address, tokens), strict=True)),
            "names": {target: place.name for target, place in targets.items()},
            "poster": desk.picture(shrunk(drawn, POSTER), "jpeg"),
            "frames": finished.frames,
            "seconds": finished.seconds,
            "people": finished.people,
            "damaged": finished.damaged,
            "timeline": timeline.rows(),
        }


def _through(events: Iterator[Event], say: Say) -> tuple[float, Progressed, Finished]:
    """The time of the first frame, the event with the most people, and the last one."""
    next(events)  # that it began
    progressed = next(events)  # there is one for the first frame
    first, fullest = progressed.frame.time, progressed
    for event in events:
        if isinstance(event, Finished):
            return first, fullest, event
        say(event.share or 0)
        if len(event.people) > len(fullest.people):
            fullest = event
    raise AssertionError("a clip ends with Finished")


@contextmanager
def results(desk: Desk, stem: str, endings: tuple[str, ...]) -> Iterator[tuple[list[str], list[Path]]]:
    """Tokens and paths for files to be written; all are gone again where anything goes wrong."""
    places = [desk.place(stem + ending) for ending in endings]
    try:
        yield [token for token, _ in places], [path for _, path in places]
    except BaseException:
        for token, _ in places:
            desk.forget(token)
        raise


@dataclass
class Timeline:
    """When everybody is in the picture, in seconds of the drawn clip, which begins at 0.

    frame_seconds: how long a frame is shown. spans: by id, [first, last] frame and [begin, end] of each stay.
    """

    frame_seconds: float
    spans: dict[int, list[list[float]]] = field(default_factory=lambda: defaultdict(list))
    last: dict[int, int] = field(default_factory=dict)
    frames: dict[int, int] = field(default_factory=lambda: defaultdict(int))

    @classmethod
    def read(cls, path: Path, skeleton: Skeleton, first: float, frame_seconds: float) -> Timeline:
        """From the CSV of a clip whose first frame has the time `first`."""
        timeline = cls(frame_seconds)
        with path.open(newline="", encoding="utf-8") as file:
            rows = islice(csv.DictReader(file), 0, None, len(skeleton.joints))  # a person's rows follow each other
            for row in rows:
                timeline.add(int(row["id"]), int(row["frame"]), float(row["time"]) - first)
        return timeline

    def add(self, person: int, frame: int, time: float) -> None:
        spans = self.spans[person]
        if self.last.get(person) == frame - 1:
            spans[-1][1] = time + self.frame_seconds
        else:
            spans.append([time, time + self.frame_seconds])
        self.last[person] = frame
        self.frames[person] += 1

    def rows(self) -> list[dict[str, Any]]:
        """By id: "id"; "color" of their box; "frames" they are in; "spans", [begin, end] in seconds. At most ROWS."""
        longest = sorted(self.frames, key=lambda person: -self.frames[person])[:ROWS]
        return [
            {
                "id": person,
                "color": colors.of_person(person),
                "frames": self.frames[person],
                "spans": [[round(time, 3) for time in span] for span in self.spans[person]],
            }
            for person in sorted(longest)
        ]
