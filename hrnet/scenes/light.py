"""Light and what it does to a surface: soft shading, highlights, a bright rim."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from hrnet.scenes.camera import Camera
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


def shade(
    surfaces: Surfaces, meshes: Sequence[Mesh], camera: Camera, light: Light, open_sky: np.ndarray, lit: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """The color of every fine pixel that shows a surface.

    Args:
        open_sky, lit: float32 (H, W), photo pixels: the shares of surrounding light and of the lamp that arrive.
    Returns:
        where: (P,) flat indices of fine pixels; colors: uint8 (P, 3).
    """
    where = np.flatnonzero(surfaces.face)
    face = surfaces.face.ravel()[where]
    row, column = np.divmod(where, surfaces.face.shape[1])
    x, y = column.astype(np.float32)[:, None], row.astype(np.float32)[:, None]
    values = surfaces.planes[:, 0].take(face, 0) * x
    values += surfaces.planes[:, 1].take(face, 0) * y
    values += surfaces.planes[:, 2].take(face, 0)
    values /= surfaces.nearness.ravel()[where][:, None]
    normals, local = values[:, :3], values[:, 3:]
    normals = normals / np.sqrt(np.maximum(np.einsum("ij,ij->i", normals, normals), 1e-12))[:, None]
    photo = (row // SUPERSAMPLING) * camera.size[1] + column // SUPERSAMPLING
    open_sky, lit = open_sky.ravel()[photo], lit.ravel()[photo]
    view = _toward_camera(x, y, camera)
    # A little light wraps around the edge of the lit side: skin and cloth are soft.
    direct = np.clip((normals @ light.direction + 0.2) / 1.2, 0, 1) * lit
    up = 0.5 + 0.5 * normals[:, 1]
    half = light.direction + view
    half /= np.sqrt(np.einsum("ij,ij->i", half, half))[:, None]
    shine = np.clip(np.einsum("ij,ij->i", normals, half), 0, 1) ** 20 * lit
    rim = (1 - np.clip(np.einsum("ij,ij->i", normals, view), 0, 1)) ** 3 * up
    albedo = np.empty((len(where), 3), np.float32)
    gloss = np.empty(len(where), np.float32)
    mesh_of = surfaces.mesh_of[face]
    order = np.argsort(mesh_of, kind="stable")
    starts = np.searchsorted(mesh_of[order], np.arange(len(meshes) + 1))
    for i, mesh in enumerate(meshes):
        pixels = order[starts[i] : starts[i + 1]]
        if len(pixels):
            albedo[pixels] = mesh.material.color(local[pixels])
            gloss[pixels] = mesh.material.gloss
    # Colors are squared into (nearly) linear light, lit there, and brought back.
    albedo *= albedo
    shares = np.stack([open_sky * (1 - up), open_sky * up, direct], 1)
    albedo *= shares @ np.float32([light.ground, light.sky, light.key])
    albedo += ((shine * gloss * 0.5 + rim * open_sky * 0.10) * 255 * 255)[:, None] * np.float32(light.key)
    np.sqrt(albedo, out=albedo)
    return where, np.minimum(albedo, 255).astype(np.uint8)


def _toward_camera(x: np.ndarray, y: np.ndarray, camera: Camera) -> np.ndarray:
    """(P, 3) unit vectors from surfaces to the lens, for fine pixels."""
    height, width = camera.size
    scale = 1 / (camera.focal * SUPERSAMPLING)
    middle_x, middle_y = (width * SUPERSAMPLING - 1) / 2, (height * SUPERSAMPLING - 1) / 2
    seen = np.concatenate([(x - middle_x) * scale, (y - middle_y) * scale, np.ones_like(x)], 1)
    seen = -(seen @ camera.rotation.astype(np.float32))
    return seen / np.sqrt(np.einsum("ij,ij->i", seen, seen))[:, None]
