"""A whole picture: a place, people in it, things in front of them, and the truth about every joint."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from hrnet.geometry import Box, Size
from hrnet.scenes.backdrop import SETTINGS
from hrnet.scenes.camera import Camera
from hrnet.scenes.figure import Figure, make_figure
from hrnet.scenes.joints import places
from hrnet.scenes.light import Light, ground_shadow, shade
from hrnet.scenes.mesh import Mesh
from hrnet.scenes.outfit import draw_body, draw_outfit
from hrnet.scenes.pose import draw_pose
from hrnet.scenes.raster import SUPERSAMPLING, Surfaces, fine, rasterize
from hrnet.scenes.things import crate, seat
from hrnet.skeleton import COCO_17, Skeleton

SMALLEST_SIDE = 16  # pixels; below that a picture holds nothing to see
SMALLEST_PERSON = 12  # photo pixels that must show of somebody to be somebody


@dataclass(frozen=True)
class Scene:
    """A drawn photo and what is true in it. People of whom nothing can be seen are not in it."""

    photo: np.ndarray  # uint8 (H, W, 3), RGB
    boxes: list[Box]  # around the visible pixels of each person, as pycocotools counts them: x = first column
    keypoints: np.ndarray  # float32 (N, K, 3): photo pixels; 0 outside the picture, 1 hidden, 2 visible
    masks: np.ndarray  # bool (N, H, W): the visible pixels of each person
    skeleton: Skeleton


def draw_scene(
    rng: np.random.Generator,
    size: Size = (480, 640),
    people: int | None = None,
    skeleton: Skeleton = COCO_17,
    *,
    setting: str | None = None,
    poses: Sequence[str] | None = None,
) -> Scene:
    """Draw people somewhere.

    Args:
        size: (height, width) of the photo.
        people: how many; None draws 1 to 5, mostly few.
        skeleton: which joints to give; see `joints.places` for the names that are understood.
        setting: one of `SETTINGS`; None draws one.
        poses: families to choose from, see `pose.FAMILIES`; None draws from all by their usual frequency.

    Raises:
        ValueError: a side is shorter than 16 pixels, people is negative, or a joint, setting or pose is unknown.
    """
    height, width = size
    if min(height, width) < SMALLEST_SIDE:
        raise ValueError(f"size is (height, width) with sides of {SMALLEST_SIDE} pixels or more, got {tuple(size)}")
    if people is not None and people < 0:
        raise ValueError(f"people is how many to draw, 0 or more, got {people}")
    if setting is not None and setting not in SETTINGS:
        raise ValueError(f"there is no setting {setting!r}; choose one of {', '.join(SETTINGS)}")
    names = places(skeleton)
    if people is None:
        people = int(rng.choice([1, 2, 3, 4, 5], p=[0.4, 0.25, 0.17, 0.1, 0.08]))
    camera, figures, things = _arrange(rng, (height, width), people, poses)
    backdrop = SETTINGS[setting or str(rng.choice(list(SETTINGS)))](rng, camera)
    return render(camera, figures, things, backdrop.picture, backdrop.light, skeleton, names)


def _arrange(
    rng: np.random.Generator, size: Size, people: int, poses: Sequence[str] | None
) -> tuple[Camera, list[Figure], list[Mesh]]:
    height, width = size
    focal = max(size) * float(rng.uniform(0.8, 1.5))
    eye = float(np.clip(rng.normal(1.35, 0.35), 0.3, 3.0))
    tall = height * float(rng.uniform(0.45, 0.95)) * (0.85 if people > 2 else 1)
    distance = focal * 1.7 / tall
    pitch = float(np.rad2deg(np.arctan2(eye - 0.9, distance)) + rng.normal(0, 2))
    roll = float(rng.normal(0, 2)) if rng.random() < 0.3 else 0.0
    camera = Camera(size, eye, pitch, focal, roll)
    figures: list[Figure] = []
    things: list[Mesh] = []
    spots: list[np.ndarray] = []
    for owner in range(people):
        for _ in range(30):
            column = width * float(rng.uniform(0.12, 0.88))
            spot = camera.ground_at(distance * float(rng.uniform(0.9, 1.6 if people > 1 else 1.1)), column)
            if all(np.hypot(*(spot - other)[[0, 2]]) > 0.9 for other in spots):
                break
        spots.append(spot)
        body, feminine = draw_body(rng)
        outfit = draw_outfit(rng, feminine)
        family = None if poses is None else str(poses[rng.integers(len(poses))])
        pose = draw_pose(rng, family)
        toward_camera = float(np.rad2deg(np.arctan2(-spot[0], -spot[2])))
        facing = toward_camera + float(rng.normal(0, 45) if rng.random() < 0.7 else rng.uniform(-180, 180))
        figure = make_figure(body, pose, outfit, facing=facing, owner=owner).moved(spot)
        figures.append(figure)
        if figure.seat is not None:
            things += seat(rng, figure.seat, facing)
    if spots and rng.random() < 0.25:
        things += crate(rng, spots[0] * float(rng.uniform(0.6, 0.8)))
    return camera, figures, things


def render(
    camera: Camera,
    figures: Sequence[Figure],
    things: Sequence[Mesh],
    background: np.ndarray,
    light: Light,
    skeleton: Skeleton = COCO_17,
    names: Sequence[str] | None = None,
) -> Scene:
    """Draw figures and things before a background; figure i owns the meshes with `owner` i."""
    names = places(skeleton) if names is None else names
    meshes = [*(mesh for figure in figures for mesh in figure.meshes), *things]
    surfaces = rasterize(meshes, camera)
    shadow = ground_shadow(meshes, camera, light)
    photo = (background * shadow[..., None]).astype(np.uint8)
    large = cv2.resize(photo, None, fx=SUPERSAMPLING, fy=SUPERSAMPLING, interpolation=cv2.INTER_NEAREST)
    where, colors = shade(surfaces, meshes, camera, light)
    large.reshape(-1, 3)[where] = colors
    photo = cv2.resize(large, camera.size[::-1], interpolation=cv2.INTER_AREA)
    owner = surfaces.owner()
    height, width = camera.size
    boxes, keypoints, masks = [], [], []
    for i, figure in enumerate(figures):
        mask = (owner == i).reshape(height, SUPERSAMPLING, width, SUPERSAMPLING).any((1, 3))
        if mask.sum() < SMALLEST_PERSON:
            continue
        boxes.append(_box(mask))
        keypoints.append(_keypoints(figure, i, surfaces, owner, camera, names))
        masks.append(mask)
    return Scene(
        photo,
        boxes,
        np.array(keypoints, np.float32).reshape(-1, len(names), 3),
        np.array(masks, bool).reshape(-1, height, width),
        skeleton,
    )


def _box(mask: np.ndarray) -> Box:
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    x, y = int(columns[0]), int(rows[0])
    return Box(x, y, int(columns[-1]) + 1 - x, int(rows[-1]) + 1 - y)


def _keypoints(
    figure: Figure, owner: int, surfaces: Surfaces, owners: np.ndarray, camera: Camera, names: Sequence[str]
) -> np.ndarray:
    """(K, 3): a joint is visible where its pixel shows its own person, not much nearer than the joint itself."""
    joints = [figure.joints[name] for name in names]
    seen = camera.project(np.array([joint.point for joint in joints]))
    result = np.zeros((len(names), 3), np.float32)
    result[:, :2] = seen[:, :2]
    height, width = camera.size
    for k, (joint, (x, y, depth)) in enumerate(zip(joints, seen, strict=True)):
        if depth <= 0 or not (-0.5 <= x < width - 0.5 and -0.5 <= y < height - 0.5):
            continue
        column, row = (int(np.floor(v + 0.5)) for v in fine(np.array([x, y])))
        own = owners[row, column] == owner
        covered = depth - 1 / surfaces.nearness[row, column] > joint.cover if own else True
        result[k, 2] = 1 if covered else 2
    return result
