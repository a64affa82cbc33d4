"""The visitor's own camera: one frame at a time, and who is who in it as in the frames before."""

from __future__ import annotations

import base64
import binascii
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from apps.desk import Kept
from apps.views.video.values import seconds, text
from hrnet import image
from hrnet.estimator import Estimator
from hrnet.video import Follower

if TYPE_CHECKING:
    import numpy as np

    from apps.desk import Desk
    from hrnet.person import Person

SIDE = 640  # pixels of the longer side that the page sends: people are cut out at 256 x 192 anyway
MAX_SIDE = 1280
MAX_BYTES = 1_000_000  # of a frame
SESSIONS, SILENCE = 200, 120  # cameras remembered; seconds without a frame after which one is forgotten


@dataclass
class Session:
    """One camera that runs: who was in the frame before. Only the model's own thread touches it."""

    follower: Follower
    time: float = -1.0

    def follow(self, photo: np.ndarray, time: float) -> list[Person]:
        """
        Raises:
            ValueError: the frame is not later than the one before.
        """
        if time <= self.time:
            raise ValueError("frames of a camera come in the order of their times")
        self.time = time
        return self.follower(photo, time)


_sessions: Kept[Session] = Kept(SESSIONS, SESSIONS, SILENCE)  # by a token that only their visitor knows


def frame(desk: Desk, values: Mapping[str, Any]) -> dict[str, Any]:
    """Who is in a frame.

    Args:
        values: {"jpeg", the frame in base64; "time", when it was taken, in seconds since any moment; "session", what
            the answer to the frame before gave, None for the first}.
    Returns:
        "session"; "width", "height"; "people": [{"id"; "box", [x, y, w, h]; "keypoints", [[x, y, score], ...]}, ...]
        in pixels of the frame. The first answer of a session also has "skeleton": its "sides" and "limbs".
    Raises:
        ValueError: it is no picture, too large, or not later than the one before; one line for the visitor.
    """
    photo = read(text(values, "jpeg"))
    time = seconds(values, "time")
    if time is None:
        raise ValueError("a frame needs its time, in seconds")
    token = values.get("session")
    session = _sessions.get(token) if isinstance(token, str) else None
    new = session is None

    def work(estimator: Estimator) -> tuple[Session, list[Person]]:
        mine = session or Session(Follower(estimator))
        return mine, mine.follow(photo, time)

    session, people = desk.model.use(work)
    if new:  # also where one was silent for long: the page is told the new name
        token = secrets.token_urlsafe(16)
        _sessions.put(token, session, 1)
    height, width = photo.shape[:2]
    answer = {"session": token, "width": width, "height": height, "people": [one.to_dict() for one in people]}
    if new:
        skeleton = session.follower.estimator.skeleton
        answer["skeleton"] = {"sides": skeleton.sides, "limbs": skeleton.limbs}
    return answer


def read(jpeg: str) -> np.ndarray:
    """The photo, uint8 (H, W, 3).

    Raises:
        ValueError: it is no picture, or too large for a frame.
    """
    if len(jpeg) > MAX_BYTES * 4 / 3 + 4:
        raise ValueError(f"a frame of a camera is above the limit of {MAX_BYTES / 1e6:g} MB; send a smaller one")
    try:
        content = base64.b64decode(jpeg, validate=True)
    except binascii.Error as error:
        raise ValueError("a frame of a camera is a JPEG in base64; this is something else") from error
    photo = image.read(content)
    if max(photo.shape[:2]) > MAX_SIDE:
        raise ValueError(f"a frame of a camera has at most {MAX_SIDE} pixels a side, got {photo.shape[1::-1]}")
    return photo
