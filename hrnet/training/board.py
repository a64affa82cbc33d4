"""A run as TensorBoard shows it, written from its events: afterward, or while it goes on.

    python -m hrnet.training.board RUN [--follow]
    tensorboard --logdir RUN/tensorboard

The training itself knows nothing of this, and needs none of TensorBoard's packages.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from hrnet.training.events import Event, Stepped
from hrnet.training.run import RunFolder

FOLDER = "tensorboard"  # in that of the run
STEPPED = {
    "loss": "train/loss",
    "learning_rate": "train/learning rate",
    "samples_per_second": "train/samples per second",
    "memory_mb": "train/memory in MB",
}
LAST = ("finished", "stopped")
LOOK_AGAIN = 1.0  # seconds


class Board:
    """Takes events as dictionaries (`Event.to_dict`, or a line of events.jsonl) into a folder of TensorBoard's.

    What a run tells again after it was interrupted takes the place of what it told before.

    Raises:
        ValueError: TensorBoard is not installed.
    """

    def __init__(self, folder: Path) -> None:
        try:
            from torch.utils.tensorboard import SummaryWriter
        except ImportError as error:
            raise ValueError(
                f"showing runs needs the package tensorboard ({error}); pip install tensorboard"
            ) from error
        self._writer = SummaryWriter(str(folder))

    def __enter__(self) -> Board:
        return self

    def __exit__(self, *_: object) -> None:
        self._writer.close()

    def add(self, event: Mapping[str, Any]) -> None:
        step, when = event["step"], event["time"]
        match event["event"]:
            case "started":
                self._forget_after(step, when)
                facts = {key: value for key, value in event.items() if key not in ("event", "time", "step")}
                self._text("run/start", ", ".join(f"{key} {value}" for key, value in facts.items()), step, when)
            case "stepped":
                for name, title in STEPPED.items():
                    self._writer.add_scalar(title, event[name], step, when)
            case "validated":
                for name, value in event["figures"].items():
                    self._writer.add_scalar(f"val/{name}", value, step, when)
            case "skipped":
                self._text("run/skipped", f"{event['count']} files left out, first {event['first']}", step, when)
            case "stopped":
                self._text("run/stopped", event["reason"], step, when)

    def flush(self) -> None:
        self._writer.flush()

    def _text(self, title: str, text: str, step: int, when: float) -> None:
        self._writer.add_text(title, text, step, when)

    def _forget_after(self, step: int, when: float) -> None:
        """TensorBoard drops what it was told of later steps: as SummaryWriter does with its purge_step."""
        from tensorboard.compat.proto.event_pb2 import Event, SessionLog

        again = Event(session_log=SessionLog(status=SessionLog.START))
        self._writer.file_writer.add_event(again, step + 1, when)


def written(events: Iterable[Event], run: RunFolder) -> Iterator[Event]:
    """The events of a training, passed on as they come and written beside it."""
    with Board(run.path / FOLDER) as board:
        for event in events:
            board.add(event.to_dict())
            if not isinstance(event, Stepped):
                board.flush()
            yield event


def lines(file: Path, follow: bool = False) -> Iterator[dict[str, Any] | None]:
    """The events of a run so far; with `follow` also those to come, until it ends, and None whenever there is nothing
    new. Torn lines are left out."""
    with file.open() as stream:
        line, ended = "", False
        while True:
            line += stream.readline()
            if line.endswith("\n"):
                try:
                    event = json.loads(line)
                except json.JSONDecodeError:  # a crash tore it; the next one is whole again
                    event = None
                line = ""
                if event is not None:
                    ended = event["event"] in LAST
                    yield event
            elif not follow or ended:
                return
            else:
                yield None
                time.sleep(LOOK_AGAIN)


def write(run: Path, follow: bool = False) -> Path:
    """Make RUN/tensorboard anew from RUN/events.jsonl.

    Raises:
        ValueError: there are no events, or TensorBoard is not installed.
    """
    events = run / "events.jsonl"
    if not events.is_file():
        raise ValueError(f"{run} is no folder of a run: it has no events.jsonl")
    folder = run / FOLDER
    shutil.rmtree(folder, ignore_errors=True)
    with Board(folder) as board:
        for event in lines(events, follow):
            if event is None:
                board.flush()
            else:
                board.add(event)
    return folder


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m hrnet.training.board", description="Show a run in TensorBoard.")
    parser.add_argument("run", type=Path, help="folder of the run")
    parser.add_argument("--follow", action="store_true", help="go on until the run ends")
    args = parser.parse_args(argv)
    try:
        folder = write(args.run, args.follow)
    except (ValueError, OSError) as error:
        print(f"board: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    print(f"tensorboard --logdir {folder}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
