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
    whole = np.flatnonzero(same)
    rest = face.copy()
    for corner in (rest[::2, ::2], rest[::2, 1::2], rest[1::2, ::2], rest[1::2, 1::2]):
        corner[same] = 0
    single = np.flatnonzero(rest)
    row, column = np.divmod(single, width * SUPERSAMPLING)
    at = np.concatenate([whole, (row // SUPERSAMPLING) * width + column // SUPERSAMPLING])
    middle = (SUPERSAMPLING - 1) / 2
    y, x = np.divmod(whole, width)
    x = np.concatenate([x * SUPERSAMPLING + middle, column]).astype(np.float32)
    y = np.concatenate([y * SUPERSAMPLING + middle, row]).astype(np.float32)
    shown = np.concatenate([a.ravel()[whole], rest.ravel()[single]])
    nearness = np.concatenate([surfaces.nearness[::2, ::2].ravel()[whole], surfaces.nearness.ravel()[single]])
    values = surfaces.planes[:, 0].take(shown, 0) * x[:, None]
    values += surfaces.planes[:, 1].take(shown, 0) * y[:, None]
    values += surfaces.planes[:, 2].take(shown, 0)
    values /= nearness[:, None]
    albedo, gloss = _materials(surfaces.mesh_of[shown], meshes, values[:, 3:])
    view = _toward_camera(x, y, camera)
    colors = _shaded(values[:, :3], view, albedo, gloss, light, open_sky.ravel()[at], lit.ravel()[at])
    photo.reshape(-1, 3)[whole] = colors[: len(whole)]
    large = cv2.resize(photo, None, fx=SUPERSAMPLING, fy=SUPERSAMPLING, interpolation=cv2.INTER_NEAREST)
    large.reshape(-1, 3)[single] = colors[len(whole) :]
    return cv2.resize(large, camera.size[::-1], interpolation=cv2.INTER_AREA)


def _materials(mesh_of: np.ndarray, meshes: Sequence[Mesh], local: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(P, 3) own colors and (P,) gloss of surface points."""
    albedo = np.empty((len(mesh_of), 3), np.float32)
    order = np.argsort(mesh_of, kind="stable")
    starts = np.searchsorted(mesh_of, np.arange(len(meshes) + 1), sorter=order)
    for mesh, start, stop in zip(meshes, starts[:-1], starts[1:], strict=True):
        if stop > start:
            points = order[start:stop]
            albedo[points] = mesh.material.color(local[points])
    return albedo, np.array([mesh.material.gloss for mesh in meshes], np.float32)[mesh_of]


def _shaded(
    normals: np.ndarray,
    view: np.ndarray,
    albedo: np.ndarray,
    gloss: np.ndarray,
    light: Light,
    open_sky: np.ndarray,
    lit: np.ndarray,
) -> np.ndarray:
    """uint8 (P, 3). Normals need not have unit length."""
    normals = normals / np.sqrt(np.maximum(_dot(normals, normals), 1e-12))[:, None]
    # A little light wraps around the edge of the lit side: skin and cloth are soft.
    direct = np.clip((normals @ light.direction + 0.2) / 1.2, 0, 1) * lit
    up = 0.5 + 0.5 * normals[:, 1]
    half = light.direction + view
    shine = np.clip(_dot(normals, half), 0, None) / np.sqrt(_dot(half, half))
    shine = shine**20 * lit * gloss
    rim = (1 - np.clip(_dot(normals, view), 0, 1)) ** 3 * up * open_sky
    # Colors are squared into (nearly) linear light, lit there, and brought back.
    shares = np.stack([open_sky * (1 - up), open_sky * up, direct], 1)
    linear = albedo * albedo * (shares @ np.float32([light.ground, light.sky, light.key]))
    linear += ((shine * 0.5 + rim * 0.10) * (255 * 255))[:, None] * np.float32(light.key)
    np.sqrt(linear, out=linear)
    return np.minimum(linear, 255, out=linear).astype(np.uint8)


def _dot(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return np.einsum("ij,ij->i", a, b)


def _toward_camera(x: np.ndarray, y: np.ndarray, camera: Camera) -> np.ndarray:
    """(P, 3) unit vectors from surfaces to the lens, for fine pixels."""
    height, width = camera.size
    scale = np.float32(1 / (camera.focal * SUPERSAMPLING))
    seen = np.empty((len(x), 3), np.float32)
    seen[:, 0] = ((width * SUPERSAMPLING - 1) / 2 - x) * scale
    seen[:, 1] = ((height * SUPERSAMPLING - 1) / 2 - y) * scale
    seen[:, 2] = -1
    seen /= np.sqrt(_dot(seen, seen))[:, None]
    return seen @ camera.rotation.astype(np.float32)
