"""What a training says while it runs. A command prints them, a page draws them, a test counts them."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field


@dataclass(frozen=True)
class Event:
    time: float = field(default_factory=time.time, kw_only=True)  # seconds since 1970

    def to_dict(self) -> dict[str, object]:
        """One line of events.jsonl."""
        return {"event": type(self).__name__.lower(), **asdict(self)}


@dataclass(frozen=True)
class Started(Event):
    step: int  # 0, or where an interrupted run goes on
    steps: int
    device: str
    precision: str
    batch_size: int = 0  # of one step, all processes together
    processes: int = 1
    parameters: int = 0  # of the network
    learning: int = 0  # those of them that are not frozen
    frozen: str = ""  # parts of the network, and "statistics" for those of all batch norms


@dataclass(frozen=True)
class Skipped(Event):
    """Files that cannot be read and are left out; said once, and again only if there are more."""

    step: int
    count: int
    first: str  # and why


@dataclass(frozen=True)
class Stepped(Event):
    step: int  # steps done
    loss: float  # running mean
    learning_rate: float
    samples_per_second: float
    memory_mb: float  # of the device; of the process on a CPU
    seconds_left: float = 0.0  # looks at the figures and saving included


@dataclass(frozen=True)
class Validated(Event):
    step: int
    figures: Mapping[str, float]
    best: bool
    joints: Mapping[str, Mapping[str, float | None]] = field(default_factory=dict)  # figures of each by its name


@dataclass(frozen=True)
class Saved(Event):
    step: int
    path: str


@dataclass(frozen=True)
class Finished(Event):
    step: int
    figures: Mapping[str, float]  # of the last validation; empty where a finished run was started once more


@dataclass(frozen=True)
class Stopped(Event):
    """The run ended before its last step; what was saved before is kept."""

    step: int
    reason: str
