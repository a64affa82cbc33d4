"""Who stands where: the camera, the people in front of it, and the things between."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from hrnet.geometry import Size
from hrnet.scenes.body import ANKLE, HEAD, Body, posed
from hrnet.scenes.camera import Camera
from hrnet.scenes.families import draw_pose
from hrnet.scenes.figure import Figure, make_figure
from hrnet.scenes.mesh import Mesh
from hrnet.scenes.outfit import Outfit, draw_body, draw_outfit, fitting
from hrnet.scenes.pose import Pose
from hrnet.scenes.things import carried, draw_thing, seat

_ADULT = 1.7  # meters; framing is planned for somebody of this height
_TRIES = 16  # places tried for somebody before they stay where they are


@dataclass(frozen=True)
class Arrangement:
    """Everything but the background."""

    camera: Camera
    figures: list[Figure]
    things: list[Mesh]
    spots: np.ndarray  # float (1 or more, 3): the ground under each person and thing: walls keep behind them


# How large the first person is in the picture, by framing: fractions of the picture's height.
_FRAMINGS = {"full": (0.50, 0.92), "close": (1.1, 2.1), "far": (0.2, 0.5)}


def arrange(rng: np.random.Generator, size: Size, people: int, poses: Sequence[str] | None, kind: str) -> Arrangement:
    """Frame a picture of `people` people for the setting `kind`: near or far, in a row or scattered, among things."""
    persons = [_Person.draw(rng, poses) for _ in range(people)]
    row = people > 1 and rng.random() < 0.4
    camera, distance = _framed(rng, size, persons)
    figures: list[Figure] = []
    things: list[Mesh] = []
    spots: list[np.ndarray] = []
    planned = _spots(rng, camera, people, distance, row)
    for owner, (person, spot) in enumerate(zip(persons, planned, strict=True)):
        turn = float(rng.normal(0, 35) if row or rng.random() < 0.6 else rng.uniform(-180, 180))
        facing = float(np.rad2deg(np.arctan2(-spot[0], -spot[2]))) + turn
        made = make_figure(person.body, person.pose, person.outfit, facing=facing, owner=owner)
        for _ in range(_TRIES):
            figure = made.moved(spot)
            if _can_be_seen(camera, figure, figures, 0.5 if row else 0.75):
                break
            spot = _scattered(rng, camera, distance, people)
        figures.append(figure)
        spots.append(spot)
        if figure.seat is not None:
            things += seat(rng, figure.seat, facing, kind)
        if rng.random() < 0.12:
            things += carried(rng, figure)
    taken: list[np.ndarray] = []
    for _ in range(int(rng.choice([0, 1, 2, 3], p=[0.45, 0.3, 0.15, 0.1]))):
        spot = _free_spot(rng, camera, spots, taken, distance)
        if spot is not None:
            things += draw_thing(rng, spot, kind)
            taken.append(spot)
    return Arrangement(camera, figures, things, np.array(spots + taken or [camera.ground_at(distance, size[1] / 2)]))


@dataclass(frozen=True)
class _Person:
    """Somebody in a pose, who can still be turned about."""

    body: Body
    pose: Pose
    outfit: Outfit

    @classmethod
    def draw(cls, rng: np.random.Generator, poses: Sequence[str] | None) -> _Person:
        body = draw_body(rng)
        outfit = draw_outfit(rng, body)
        pose = draw_pose(rng, None if poses is None else str(poses[rng.integers(len(poses))]))
        return cls(body, pose, fitting(outfit, pose))

    @cached_property
    def span(self) -> tuple[float, float]:
        """About how far above the ground the lowest and the highest part are, in meters."""
        heights = [point[1] for point in posed(self.body, self.pose, 0.0).points.values()]
        low = float(min(heights)) - self.body.of(ANKLE)
        return self.pose.lift, self.pose.lift + float(max(heights)) + self.body.of(HEAD) / 2 - low


def _framed(rng: np.random.Generator, size: Size, persons: Sequence[_Person]) -> tuple[Camera, float]:
    """A camera, and how far away the first person stands for it."""
    height, width = size
    people = len(persons)
    framing = str(rng.choice(list(_FRAMINGS), p=[0.62, 0.2, 0.18] if people < 4 else [0.7, 0.05, 0.25]))
    low, high = persons[0].span if persons else (0.0, _ADULT)
    # Somebody who crouches fills the picture less than somebody who stands, but not by all of the difference.
    extent = max(high - low, 0.6 * _ADULT)
    tall = float(rng.uniform(*_FRAMINGS[framing])) * min(height, 1.3 * width) * (1 if people < 3 else 0.85)
    focal = max(size) * float(rng.uniform(0.85, 1.6))
    distance = max(focal * extent / tall, 1.3)
    eye = float(np.clip(rng.normal(1.4, 0.3), 0.35, 2.2)) if rng.random() < 0.85 else float(rng.uniform(2.2, 3.4))
    aim = high - 0.45 * height / focal * distance if framing == "close" else (low + high) / 2
    pitch = float(np.rad2deg(np.arctan2(eye - aim, distance)) + rng.normal(0, 1.5))
    roll = float(rng.normal(0, 2.5)) if rng.random() < 0.3 else 0.0
    return Camera(size, eye, pitch, focal, roll), distance


def _spots(rng: np.random.Generator, camera: Camera, people: int, distance: float, row: bool) -> list[np.ndarray]:
    """Places on the ground, in a row side by side or scattered."""
    if not row:
        return [_scattered(rng, camera, distance, people) for _ in range(people)]
    width = camera.size[1]
    apart = float(rng.uniform(0.55, 0.95))
    first = -apart * (people - 1) / 2 + float(rng.normal(0, 0.2))
    farther = max(1.0, apart * people / (0.85 * width / camera.focal) / distance)  # so that all of them fit in
    spots = [[first + i * apart, 0, -distance * farther + rng.normal(0, 0.25)] for i in range(people)]
    return [np.array(spots[i]) for i in rng.permutation(people)]


def _scattered(rng: np.random.Generator, camera: Camera, distance: float, people: int) -> np.ndarray:
    column = camera.size[1] * float(rng.uniform(0.06, 0.94) if people > 1 else rng.uniform(0.2, 0.8))
    return camera.ground_at(distance * float(rng.uniform(0.85, 1.0 + 0.35 * min(people, 4))), column)


def _can_be_seen(camera: Camera, figure: Figure, others: Sequence[Figure], apart: float) -> bool:
    """Whether a good part of somebody lies in the picture, not behind others, and `apart` meters away from them."""
    x, y, depth = _outline(camera, figure)
    height, width = camera.size
    if depth.min() < 0.5:
        return False
    inside = (x > 0) & (x < width) & (y > 0) & (y < height)
    if inside.mean() < 0.35:
        return False
    for other in others:
        if np.hypot(*(figure.middle - other.middle)[[0, 2]]) < apart:
            return False
        a, b, other_depth = _outline(camera, other)
        behind = depth.mean() > other_depth.mean()
        near_x, near_y, far_x, far_y = (a, b, x, y) if behind else (x, y, a, b)
        covered = (far_x > near_x.min()) & (far_x < near_x.max()) & (far_y > near_y.min()) & (far_y < near_y.max())
        if covered.mean() > 0.7:
            return False
    return True


def _outline(camera: Camera, figure: Figure) -> np.ndarray:
    """(3, J): x, y and depth of all joints."""
    return camera.project(np.array([joint.point for joint in figure.joints.values()])).T


def _free_spot(
    rng: np.random.Generator,
    camera: Camera,
    spots: Sequence[np.ndarray],
    taken: Sequence[np.ndarray],
    distance: float,
) -> np.ndarray | None:
    """Ground for a thing, in front of somebody or beside; None where it would touch somebody, a thing or the lens."""
    if spots and rng.random() < 0.6:
        target = spots[rng.integers(len(spots))]
        reach = float(np.hypot(target[0], target[2]))
        nearer = min(float(rng.uniform(0.65, 0.9)), 1 - 0.75 / max(reach, 1.5))
        spot = target * nearer + np.array([rng.normal(0, 0.35), 0, 0])
    else:
        spot = _scattered(rng, camera, distance * 1.1, 3)
    touched = any(np.hypot(*(spot - other)[[0, 2]]) < 0.7 for other in [*spots, *taken])
    return None if touched or np.hypot(spot[0], spot[2]) < 1.0 else spot
