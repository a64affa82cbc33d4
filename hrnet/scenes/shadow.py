"""Shadows: who stands in whose light, on people, floors and walls alike."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from hrnet.scenes.camera import Camera
from hrnet.scenes.light import Light
from hrnet.scenes.mesh import Mesh

_LARGEST = 1024  # pixels of the shadow map's longer side, at most
_BIAS = 0.035  # meters a surface must lie behind another one to be in its shadow
_SHIFT = 4  # bits after the point in OpenCV's fixed-point corners


def shadows(
    meshes: Sequence[Mesh], nearness: np.ndarray, camera: Camera, light: Light, pixels_per_meter: float
) -> np.ndarray:
    """Which pixels the lamp does not reach.

    Args:
        nearness: float32 (H, W), 1 / depth of whatever each photo pixel shows; 0 for the sky.
        pixels_per_meter: of the photo, about where the people are; the shadow is about as sharp.
    Returns:
        uint8 (H, W): 255 in shadow, 0 elsewhere, with hard edges.
    """
    toward = light.direction.astype(np.float64)
    across = np.cross([0.0, 0, 1] if abs(toward[2]) < 0.9 else [1.0, 0, 0], toward)
    across /= np.linalg.norm(across)
    frame = np.stack([across, np.cross(toward, across), toward])
    points = np.concatenate([mesh.points for mesh in meshes]) @ frame.T
    low, high = points[:, :2].min(0), points[:, :2].max(0)
    step = max(0.8 / pixels_per_meter, float((high - low).max()) / _LARGEST)
    width, height = (int(side) + 3 for side in (high - low) / step)
    depth = np.full((height, width), -np.inf, np.float32)
    faces, thin = _far_sides(meshes, points, step)
    reach = points[:, 2][faces].mean(1) - 0.06 * thin
    order = np.argsort(reach)  # from far to near, as the lamp sees it
    fixed = np.round(((points[:, :2] - low) / step + 1) * (1 << _SHIFT)).astype(np.int32)
    for triangle, value in zip(fixed[faces[order]], reach[order].tolist(), strict=True):
        cv2.fillConvexPoly(depth, triangle, value, cv2.LINE_8, _SHIFT)
    u, v, reach = _seen_from_lamp(nearness, camera, frame)
    u = np.rint((u - low[0]) / step).astype(np.int32) + 1
    v = np.rint((v - low[1]) / step).astype(np.int32) + 1
    inside = (nearness > 0) & (u >= 0) & (u < width) & (v >= 0) & (v < height)
    nearest = depth[np.clip(v, 0, height - 1), np.clip(u, 0, width - 1)]
    return np.where(inside & (nearest > reach + _BIAS), np.uint8(255), np.uint8(0))


def _far_sides(meshes: Sequence[Mesh], points: np.ndarray, step: float) -> tuple[np.ndarray, np.ndarray]:
    """(T, 3) triangles turned away from the lamp or of thin cloth, and (T,) which are thin.

    They throw the same shadow as the lit sides, but lie a limb's thickness behind them, so that rounding never puts a
    lit side into its own shadow.
    """
    offsets = np.cumsum([0, *(len(mesh.points) for mesh in meshes[:-1])])
    faces = np.concatenate([mesh.faces + offset for mesh, offset in zip(meshes, offsets, strict=True)])
    thin = np.repeat([mesh.two_sided for mesh in meshes], [len(mesh.faces) for mesh in meshes])
    a, b, c = np.moveaxis(points[:, :2][faces], 1, 0)
    area = (b[:, 0] - a[:, 0]) * (c[:, 1] - a[:, 1]) - (b[:, 1] - a[:, 1]) * (c[:, 0] - a[:, 0])
    smallest = 0.1 * step * step
    kept = (area < -smallest) | (thin & (area > smallest))
    return faces[kept], thin[kept]


def _seen_from_lamp(
    nearness: np.ndarray, camera: Camera, frame: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """For every photo pixel: two coordinates across the light and one toward the lamp, in meters."""
    height, width = camera.size
    turned = frame @ camera.rotation.T  # lamp axes from camera axes
    start = frame @ camera.position
    depth = 1 / np.maximum(nearness, 1e-3)
    x = ((np.arange(width) - (width - 1) / 2) / camera.focal).astype(np.float32)
    y = ((np.arange(height) - (height - 1) / 2) / camera.focal).astype(np.float32)[:, None]
    rows = [np.float32(a) * x + (np.float32(b) * y + np.float32(c)) for a, b, c in turned]
    return tuple(row * depth + np.float32(s) for row, s in zip(rows, start, strict=True))


def openness(nearness: np.ndarray, pixels_per_meter: float) -> np.ndarray:
    """float32, like nearness: how much of the surrounding light reaches a surface; less close behind another's edge.

    Source: T. Luft, C. Colditz, O. Deussen, "Image enhancement by unsharp masking the depth buffer" (2006).
    """
    spread = _blurred(nearness, _CREVICE * pixels_per_meter)
    depth = 1 / np.maximum(nearness, 1e-3)
    behind = np.clip((spread * depth - 1) * depth / _BEHIND, 0, 1)
    return 1 - _DARKEST * behind * (2 - behind)


def touching(nearness: np.ndarray, background: np.ndarray, pixels_per_meter: float) -> np.ndarray:
    """float32 (H, W): the same for the background: less around feet on the floor and backs against a wall.

    Args:
        nearness: of the surfaces in front, 0 where there are none; background: of what lies behind them.
    """
    close = (nearness > 0) & (background > 0)
    close &= 1 / np.maximum(background, 1e-3) - 1 / np.maximum(nearness, 1e-3) < 0.3
    return 1 - _DARKEST * _blurred(close.astype(np.float32), _CREVICE * pixels_per_meter)


_CREVICE = 0.05  # meters over which a surface darkens toward the edge of a nearer one
_BEHIND = 0.30  # meters between the two at which it is darkest
_DARKEST = 0.45


def _blurred(values: np.ndarray, sigma: float) -> np.ndarray:
    small = cv2.resize(values, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    small = cv2.GaussianBlur(small, (0, 0), min(max(sigma / 2, 0.6), 12))
    return cv2.resize(small, values.shape[::-1], interpolation=cv2.INTER_LINEAR)
