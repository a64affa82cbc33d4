"""Who stands where: the camera, the people in front of it, and the things between."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from hrnet.geometry import Size
from hrnet.scenes.camera import Camera
from hrnet.scenes.figure import Figure, make_figure
from hrnet.scenes.mesh import Mesh
from hrnet.scenes.outfit import draw_body, draw_outfit, fitting
from hrnet.scenes.pose import draw_pose
from hrnet.scenes.things import carried, draw_thing, seat

_ADULT = 1.7  # meters; framing is planned for somebody of this height
_ROOM = 0.55  # meters of ground that everybody keeps to themselves
_TRIES = 16  # places tried for somebody before they stay where they are


@dataclass(frozen=True)
class Arrangement:
    """Everything but the background."""

    camera: Camera
    figures: list[Figure]
    things: list[Mesh]
    spots: np.ndarray  # float (N or 1, 3): the ground under each person, or where somebody could stand


def arrange(rng: np.random.Generator, size: Size, people: int, poses: Sequence[str] | None, kind: str) -> Arrangement:
    """Frame a picture of `people` people for the setting `kind`: near or far, in a row or scattered, with things about."""
    height, width = size
    framing = str(rng.choice(["full", "close", "far"], p=[0.62, 0.2, 0.18] if people < 4 else [0.7, 0.05, 0.25]))
    share = {"full": (0.5, 0.9), "close": (1.05, 2.0), "far": (0.22, 0.5)}[framing]
    tall = float(rng.uniform(*share)) * min(height, 1.3 * width) * (1 if people < 3 else 0.85)
    focal = max(size) * float(rng.uniform(0.85, 1.6))
    distance = max(focal * _ADULT / tall, 1.3)
    eye = float(np.clip(rng.normal(1.4, 0.3), 0.35, 2.2)) if rng.random() < 0.85 else float(rng.uniform(2.2, 3.4))
    aim = 1.25 if framing == "close" else 0.88  # meters above the ground in the middle of the picture
    pitch = float(np.rad2deg(np.arctan2(eye - aim, distance)) + rng.normal(0, 2))
    roll = float(rng.normal(0, 2.5)) if rng.random() < 0.3 else 0.0
    camera = Camera(size, eye, pitch, focal, roll)
    row = people > 1 and rng.random() < 0.4
    planned = _spots(rng, camera, people, distance, row)
    figures: list[Figure] = []
    things: list[Mesh] = []
    spots: list[np.ndarray] = []
    for owner in range(people):
        body, feminine = draw_body(rng)
        outfit = draw_outfit(rng, feminine)
        pose = draw_pose(rng, None if poses is None else str(poses[rng.integers(len(poses))]))
        turn = float(rng.normal(0, 35) if row or rng.random() < 0.6 else rng.uniform(-180, 180))
        spot = planned[owner]
        facing = float(np.rad2deg(np.arctan2(-spot[0], -spot[2]))) + turn
        standing = make_figure(body, pose, fitting(outfit, pose), facing=facing, owner=owner)
        for _ in range(_TRIES):
            figure = standing.moved(spot)
            if _can_be_seen(camera, figure, figures):
                break
            spot = _scattered(rng, camera, distance, people)
        figures.append(figure)
        spots.append(spot)
        if figure.seat is not None:
            things += seat(rng, figure.seat, facing, kind)
        if rng.random() < 0.12:
            things += carried(rng, figure)
    for _ in range(int(rng.choice([0, 1, 2, 3], p=[0.45, 0.3, 0.15, 0.1]))):
        things += _something(rng, camera, spots, distance, kind)
    return Arrangement(camera, figures, things, np.array(spots or [camera.ground_at(distance, width / 2)]))


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


def _can_be_seen(camera: Camera, figure: Figure, others: Sequence[Figure]) -> bool:
    """Whether a good part of somebody lies in the picture, on free ground, and not all of it behind somebody else."""
    x, y, depth = _outline(camera, figure)
    height, width = camera.size
    if depth.min() < 0.5:
        return False
    inside = (x > 0) & (x < width) & (y > 0) & (y < height)
    if inside.mean() < 0.35:
        return False
    for other in others:
        if np.hypot(*(figure.middle - other.middle)[[0, 2]]) < _ROOM:
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


def _something(
    rng: np.random.Generator, camera: Camera, spots: Sequence[np.ndarray], distance: float, kind: str
) -> list[Mesh]:
    """A thing in front of somebody, or beside."""
    if spots and rng.random() < 0.6:
        target = spots[rng.integers(len(spots))]
        reach = float(np.hypot(target[0], target[2]))
        nearer = min(float(rng.uniform(0.65, 0.9)), 1 - 0.75 / max(reach, 1.5))
        spot = target * nearer + np.array([rng.normal(0, 0.35), 0, 0])
        if reach * nearer < 1.0:
            return []
    else:
        spot = _scattered(rng, camera, distance * 1.1, 3)
        if any(np.hypot(*(spot - other)[[0, 2]]) < 1.1 for other in spots):
            return []
    return draw_thing(rng, spot, kind)
