"""Light and what it does to a surface: soft shading, highlights, a bright rim."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from hrnet.scenes.camera import Camera
from hrnet.scenes.material import Plain
from hrnet.scenes.mesh import Mesh
from hrnet.scenes.raster import SUPERSAMPLING, Surfaces

Factors = tuple[float, float, float]  # red, green, blue: multiplies a surface's own color


@dataclass(frozen=True)
class Light:
    """One sun or lamp, and what the surroundings throw back."""

    toward: Factors  # from the scene toward the lamp, world; any length
    key: Factors = (0.68, 0.66, 0.62)
    sky: Factors = (0.46, 0.48, 0.52)  # from above
    ground: Factors = (0.34, 0.32, 0.30)  # from below
    shadow: float = 0.45  # how much darker the ground is in a shadow
    softness: float = 0.05  # meters over which the edge of a shadow fades

    @property
    def direction(self) -> np.ndarray:
        toward = np.asarray(self.toward, np.float32)
        return toward / np.linalg.norm(toward)


def paint(
    photo: np.ndarray,
    surfaces: Surfaces,
    meshes: Sequence[Mesh],
    camera: Camera,
    light: Light,
    open_sky: np.ndarray,
    lit: np.ndarray,
) -> np.ndarray:
    """The photo with all surfaces over it, smooth at their edges; uint8 (H, W, 3).

    Args:
        photo: the background; painted over.
        open_sky, lit: float32 (H, W): the shares of surrounding light and of the lamp that arrive.
    """
    face, width = surfaces.face, camera.size[1]
    a, b, c, d = face[::2, ::2], face[::2, 1::2], face[1::2, ::2], face[1::2, 1::2]
    plain = np.array([isinstance(mesh.material, Plain) for mesh in meshes], bool)[surfaces.mesh_of]
    plain[0] = False
    # Four fine pixels on one triangle without a pattern have one color; all others are colored one by one.
    same = (a == b) & (a == c) & (a == d) & plain.take(a)
    whole = np.flatnonzero(same).astype(np.int32)
    rest = face.copy()
    for corner in (rest[::2, ::2], rest[::2, 1::2], rest[1::2, ::2], rest[1::2, 1::2]):
        corner[same] = 0
    single = np.flatnonzero(rest).astype(np.int32)
    row, column = np.divmod(single, np.int32(width * SUPERSAMPLING))
    at = np.concatenate([whole, (row >> 1) * np.int32(width) + (column >> 1)])  # the photo pixel
    y, x = np.divmod(whole, np.int32(width))
    middle = np.float32((SUPERSAMPLING - 1) / 2)
    x = np.concatenate([x * SUPERSAMPLING + middle, column], dtype=np.float32)
    y = np.concatenate([y * SUPERSAMPLING + middle, row], dtype=np.float32)
    shown = np.concatenate([a.ravel()[whole], rest.ravel()[single]])
    nearness = np.concatenate([surfaces.nearness[::2, ::2].ravel()[whole], surfaces.nearness.ravel()[single]])
    values = _interpolated(surfaces.planes, shown, x, y, 1 / nearness)
    albedo, gloss = _materials(surfaces.mesh_of[shown], meshes, values[3:])
    view = _toward_camera(x, y, camera)
    colors = _shaded(values[:3], view, albedo, gloss, light, open_sky.ravel()[at], lit.ravel()[at])
    photo.reshape(-1, 3)[whole] = colors[: len(whole)]
    large = cv2.resize(photo, None, fx=SUPERSAMPLING, fy=SUPERSAMPLING, interpolation=cv2.INTER_NEAREST)
    large.reshape(-1, 3)[single] = colors[len(whole) :]
    return cv2.resize(large, camera.size[::-1], interpolation=cv2.INTER_AREA)


# From here on the P points are the last axis: numpy works through long rows several times faster than through triples.


def _interpolated(planes: np.ndarray, face: np.ndarray, x: np.ndarray, y: np.ndarray, depth: np.ndarray) -> np.ndarray:
    """float32 (6, P): normal and local coordinates of surface points, see `Surfaces.planes`."""
    values = np.empty((6, len(face)), np.float32)
    for (a, b, c), value in zip(planes, values, strict=True):
        np.multiply(a.take(face), x, out=value)
        value += b.take(face) * y
        value += c.take(face)
        value *= depth
    return values


def _materials(mesh_of: np.ndarray, meshes: Sequence[Mesh], local: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """float32 (3, P) own colors and (P,) gloss of surface points."""
    albedo = np.empty_like(local)
    order = np.argsort(mesh_of.astype(np.int16), kind="stable")  # a radix sort, for 16 bits
    starts = np.cumsum([0, *np.bincount(mesh_of, minlength=len(meshes))])
    for mesh, start, stop in zip(meshes, starts[:-1], starts[1:], strict=True):
        if stop > start:
            points = order[start:stop]
            color = mesh.material.color(local[:, points].T).T
            albedo[:, points] = color if color.ndim == 2 else color[:, None]
    return albedo, np.array([mesh.material.gloss for mesh in meshes], np.float32)[mesh_of]


def _shaded(
    normal: np.ndarray,
    view: np.ndarray,
    albedo: np.ndarray,
    gloss: np.ndarray,
    light: Light,
    open_sky: np.ndarray,
    lit: np.ndarray,
) -> np.ndarray:
    """uint8 (P, 3) from vectors (3, P) and shares (P,). Normals need not have unit length."""
    normal = normal / np.sqrt(np.maximum(_dot(normal, normal), np.float32(1e-12)))
    toward = light.direction
    # A little light wraps around the edge of the lit side: skin and cloth are soft.
    direct = np.clip((_dot(normal, toward) + np.float32(0.2)) * np.float32(1 / 1.2), 0, 1) * lit
    up = np.float32(0.5) + np.float32(0.5) * normal[1]
    half = view + toward[:, None]
    shine = np.maximum(_dot(normal, half), 0) / np.sqrt(_dot(half, half))
    for _ in range(4):  # the 16th power, by squaring: np.power would take longer than all the rest
        shine *= shine
    away = 1 - np.clip(_dot(normal, view), 0, 1)
    highlight = shine * lit * gloss * np.float32(0.5) + away * away * away * up * open_sky * np.float32(0.10)
    highlight *= np.float32(255 * 255)
    above, below = open_sky * up, open_sky * (1 - up)
    channels = []
    for own, ground, sky, key in zip(albedo, *np.float32([light.ground, light.sky, light.key]), strict=True):
        # A color is squared into (nearly) linear light, lit there, and brought back.
        linear = own * own * (below * ground + above * sky + direct * key) + highlight * key
        channels.append(np.minimum(np.sqrt(linear), 255).astype(np.uint8))
    return np.stack(channels, -1)


def _dot(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]


def _toward_camera(x: np.ndarray, y: np.ndarray, camera: Camera) -> np.ndarray:
    """float32 (3, P): unit vectors from surfaces to the lens, for fine pixels."""
    height, width = camera.size
    scale = np.float32(1 / (camera.focal * SUPERSAMPLING))
    right = (np.float32((width * SUPERSAMPLING - 1) / 2) - x) * scale
    down = (np.float32((height * SUPERSAMPLING - 1) / 2) - y) * scale
    length = 1 / np.sqrt(right * right + down * down + 1)
    right *= length
    down *= length
    return np.stack([a * right + b * down - c * length for a, b, c in camera.rotation.T.astype(np.float32)])
