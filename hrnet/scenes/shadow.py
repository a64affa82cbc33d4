"""Shadows: who stands in whose light, on people, floors and walls alike."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from hrnet.scenes.camera import Camera
from hrnet.scenes.canvas import blurred
from hrnet.scenes.light import Light
from hrnet.scenes.mesh import Mesh

_LARGEST = 1024  # pixels of the shadow map's longer side, at most
_BIAS = 0.035  # meters a surface must lie behind another one to be in its shadow
_CREVICE = 0.05  # meters over which a surface darkens toward the edge of a nearer one
_BEHIND = 0.30  # meters between the two at which it is darkest
_DARKEST = 0.45
_SHIFT = 4  # bits after the point in OpenCV's fixed-point corners


class ShadowMap:
    """How far the light of a lamp reaches, drawn from the lamp.

    Args:
        step: meters per pixel of the map.
    """

    def __init__(self, meshes: Sequence[Mesh], light: Light, step: float) -> None:
        toward = light.direction.astype(np.float64)
        across = np.cross([0.0, 0, 1] if abs(toward[2]) < 0.9 else [1.0, 0, 0], toward)
        across /= np.linalg.norm(across)
        self.frame = np.stack([across, np.cross(toward, across), toward])
        points = np.concatenate([mesh.points for mesh in meshes]) @ self.frame.T
        self.low, high = points[:, :2].min(0), points[:, :2].max(0)
        self.step = max(step, float((high - self.low).max()) / _LARGEST)
        width, height = (int(side) + 3 for side in (high - self.low) / self.step)
        self.reach = np.full((height, width), -np.inf, np.float32)  # the nearest thing, along the frame's third axis
        faces, thin = _far_sides(meshes, points, self.step)
        depth = points[:, 2][faces].min(1) - 0.06 * thin  # a face counts as far as its farthest corner
        order = np.argsort(depth, kind="stable")  # from far to near, as the lamp sees it
        fixed = np.round(((points[:, :2] - self.low) / self.step + 1) * (1 << _SHIFT)).astype(np.int32)
        for outline, value in zip(fixed[faces[order]], depth[order].tolist(), strict=True):
            cv2.fillConvexPoly(self.reach, outline, value, cv2.LINE_8, _SHIFT)

    def hides(self, x: np.ndarray, y: np.ndarray, nearness: np.ndarray, camera: Camera) -> np.ndarray:
        """Whether something stands between the lamp and what a photo pixel shows.

        Args:
            x, y: photo pixels, shapes that broadcast to that of nearness.
            nearness: float32, 1 / depth; 0 for the sky, which is never hidden.
        """
        height, width = self.reach.shape
        turned = (self.frame @ camera.rotation.T / camera.focal).astype(np.float32)  # lamp axes from photo pixels
        start = (self.frame @ camera.position).astype(np.float32)
        depth = 1 / np.maximum(nearness, 1e-3)
        x = x - np.float32((camera.size[1] - 1) / 2)
        y = y - np.float32((camera.size[0] - 1) / 2)
        u, v, reach = (
            (a * x + (b * y + c * np.float32(camera.focal))) * depth + s
            for (a, b, c), s in zip(turned, start, strict=True)
        )
        column = ((u - np.float32(self.low[0])) * np.float32(1 / self.step) + 1.5).astype(np.int32)
        row = ((v - np.float32(self.low[1])) * np.float32(1 / self.step) + 1.5).astype(np.int32)
        # The outermost pixels of the map are empty, and what lies outside of it is moved there.
        np.clip(column, 0, width - 1, out=column)
        np.clip(row, 0, height - 1, out=row)
        row *= width
        row += column
        return (self.reach.take(row) > reach + np.float32(_BIAS)) & (nearness > 0)


def _far_sides(meshes: Sequence[Mesh], points: np.ndarray, step: float) -> tuple[np.ndarray, np.ndarray]:
    """(T, 4) faces turned away from the lamp or of thin cloth, and (T,) which are thin.

    They throw the same shadow as the lit sides, but lie a limb's thickness behind them, so that rounding never puts a
    lit side into its own shadow.
    """
    offsets = np.cumsum([0, *(len(mesh.points) for mesh in meshes[:-1])])
    faces = np.concatenate([mesh.faces + offset for mesh, offset in zip(meshes, offsets, strict=True)])
    thin = np.repeat([mesh.two_sided for mesh in meshes], [len(mesh.faces) for mesh in meshes])
    a, b, c, d = points[:, :2][faces].transpose(1, 2, 0)
    area = (c[0] - a[0]) * (d[1] - b[1]) - (d[0] - b[0]) * (c[1] - a[1])
    smallest = step * step  # twice the area of half a pixel: smaller faces are covered by their neighbors' outlines
    kept = (area < -smallest) | (thin & (area > smallest))
    return faces[kept], thin[kept]


def openness(nearness: np.ndarray, pixels_per_meter: float) -> np.ndarray:
    """float32, like nearness: how much of the surrounding light reaches a surface; less close behind another's edge.

    Source: T. Luft, C. Colditz, O. Deussen, "Image enhancement by unsharp masking the depth buffer" (2006).
    """
    spread = blurred(nearness, _CREVICE * pixels_per_meter)
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
    return 1 - _DARKEST * blurred(close.astype(np.float32), _CREVICE * pixels_per_meter)
