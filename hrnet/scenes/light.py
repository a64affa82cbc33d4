"""Light: soft shading of surfaces, darkening where surfaces meet, and shadows on the ground."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from hrnet.scenes.camera import Camera
from hrnet.scenes.material import Color
from hrnet.scenes.mesh import Mesh
from hrnet.scenes.raster import SUPERSAMPLING, Surfaces


@dataclass(frozen=True)
class Light:
    """One sun or lamp, and what the surroundings throw back.

    Colors are factors on a surface's own color, 1 for white: red, green, blue.
    """

    toward: tuple[float, float, float]  # from the scene toward the lamp, world
    key: Color = (0.82, 0.79, 0.74)
    sky: Color = (0.52, 0.55, 0.60)  # from above
    ground: Color = (0.34, 0.31, 0.29)  # from below
    shadow: float = 0.45  # how much darker the ground is in a shadow
    softness: float = 0.05  # meters of blur per meter of height, for the shadow's edge

    @property
    def direction(self) -> np.ndarray:
        toward = np.asarray(self.toward, np.float32)
        return toward / np.linalg.norm(toward)


def shade(surfaces: Surfaces, meshes: Sequence[Mesh], camera: Camera, light: Light) -> tuple[np.ndarray, np.ndarray]:
    """The color of every fine pixel that shows a surface.

    Returns:
        where: (P,) flat indices of fine pixels; colors: uint8 (P, 3).
    """
    where = np.flatnonzero(surfaces.face)
    face = surfaces.face.ravel()[where]
    width = surfaces.face.shape[1]
    y, x = np.divmod(where, width)
    x, y = x.astype(np.float32)[:, None], y.astype(np.float32)[:, None]
    planes = surfaces.planes
    values = planes[:, 0].take(face, 0)
    values *= x
    second = planes[:, 1].take(face, 0)
    second *= y
    values += second
    values += planes[:, 2].take(face, 0)
    near = surfaces.nearness.ravel()[where][:, None]
    values /= near
    normals, local = values[:, :3], values[:, 3:]
    normals = normals / np.sqrt(np.maximum((normals * normals).sum(1, keepdims=True), 1e-12))
    view = _toward_camera(x, y, camera)
    # A little light wraps around the edge of the lit side: skin and cloth are soft.
    lit = np.clip((normals @ light.direction + 0.25) / 1.25, 0, 1)[:, None]
    up = 0.5 + 0.5 * normals[:, 1:2]
    open_sky = _openness(surfaces.nearness).ravel()[where][:, None]
    energy = np.float32(light.ground) + up * (np.float32(light.sky) - np.float32(light.ground))
    energy = (energy + lit * np.float32(light.key)) * open_sky
    half = light.direction + view
    half /= np.sqrt((half * half).sum(1, keepdims=True))
    shine = np.clip((normals * half).sum(1), 0, 1) ** 24
    facing = np.clip((normals * view).sum(1), 0, 1)
    rim = (1 - facing) ** 3 * 0.22 * np.clip(0.4 + up[:, 0], 0, 1)
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
    albedo *= albedo / 255
    linear = albedo * energy
    linear += ((shine * gloss + rim * 0.35) * 150)[:, None] * open_sky
    np.sqrt(np.maximum(linear * 255, 0), out=linear)
    return where, np.minimum(linear, 255).astype(np.uint8)


def _toward_camera(x: np.ndarray, y: np.ndarray, camera: Camera) -> np.ndarray:
    """(P, 3) unit vectors from surfaces to the lens, for fine pixels."""
    height, width = camera.size
    scale = 1 / (camera.focal * SUPERSAMPLING)
    middle_x, middle_y = (width * SUPERSAMPLING - 1) / 2, (height * SUPERSAMPLING - 1) / 2
    seen = np.concatenate([(x - middle_x) * scale, (y - middle_y) * scale, np.ones_like(x)], 1)
    seen = -(seen @ camera.rotation.astype(np.float32))
    return seen / np.sqrt((seen * seen).sum(1, keepdims=True))


def _openness(nearness: np.ndarray) -> np.ndarray:
    """How freely a pixel lies: darker behind the edge of something nearer.

    Source of the idea: T. Luft, C. Colditz, O. Deussen, "Image enhancement by unsharp masking the depth buffer", 2006.
    """
    quarter = cv2.resize(nearness, None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA)
    spread = cv2.GaussianBlur(quarter, (0, 0), max(nearness.shape[0] / 4 * 0.012, 0.8))
    spread = cv2.resize(spread, (nearness.shape[1], nearness.shape[0]), interpolation=cv2.INTER_LINEAR)
    spread -= nearness
    spread /= np.maximum(nearness, 1e-3)
    return 1 - np.clip(spread * 4.0, 0, 0.42)


def ground_shadow(meshes: Sequence[Mesh], camera: Camera, light: Light) -> np.ndarray:
    """float32 (H, W): the share of light that reaches each pixel of the ground, 1 outside of shadows.

    Every mesh throws the shadow of its convex hull, which is right for limbs and close for the rest.
    """
    height, width = camera.size
    direction = light.direction
    mask = np.zeros((height, width), np.uint8)
    for mesh in meshes:
        points = mesh.points
        reach = np.maximum(points[:, 1:2], 0) / direction[1]
        seen = camera.project(points - reach * direction)
        if (seen[:, 2] < 0.3).any() or np.abs(seen[:, :2]).max() > 16 * max(width, height):
            continue
        hull = cv2.convexHull(seen[:, :2].astype(np.float32))
        cv2.fillConvexPoly(mask, np.round(hull * 8).astype(np.int32), 255, cv2.LINE_8, 3)
    sigma = max(light.softness * 0.12 * height, 0.6)
    small = cv2.resize(mask, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA) if min(mask.shape) > 8 else mask
    blurred = cv2.GaussianBlur(small, (0, 0), sigma)
    blurred = cv2.resize(blurred, (width, height), interpolation=cv2.INTER_LINEAR)
    return 1 - blurred.astype(np.float32) * (light.shadow / 255)
