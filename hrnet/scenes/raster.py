"""From faces to pixels: which surface every pixel shows, how deep it lies, and what the material needs there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from hrnet.scenes.camera import NEAR, Camera
from hrnet.scenes.mesh import Mesh

SUPERSAMPLING = 2  # fine pixels per photo pixel, each way
_FRACTION = 4  # bits after the point in OpenCV's fixed-point corners
_FARTHEST = 30_000  # fine pixels outside the picture at which a face is dropped: fixed point ends not far beyond
_SLIVER = 0.02  # square fine pixels: thinner faces, seen edge on, are left to their neighbors


@dataclass(frozen=True)
class Surfaces:
    """What a camera sees, in fine pixels: `SUPERSAMPLING` per photo pixel."""

    face: np.ndarray  # int32 (h, w): 0 where nothing is, else a row of the tables below
    nearness: np.ndarray  # float32 (h, w): 1 / depth in 1/meters; 0 where nothing is
    mesh_of: np.ndarray  # int32 (F,): the mesh a face belongs to
    owner_of: np.ndarray  # int32 (F,): the person it belongs to, -1 for a thing
    planes: np.ndarray  # float32 (6, 3, F): normal and local, each over depth, as a x + b y + c in fine pixels

    def owner(self) -> np.ndarray:
        """int32 (h, w): the person shown at each fine pixel, -1 where there is none."""
        return self.owner_of[self.face]


def fine(points: np.ndarray) -> np.ndarray:
    """Photo pixels -> fine pixels: both count from the center of their first pixel."""
    return points * SUPERSAMPLING + (SUPERSAMPLING - 1) / 2


def rasterize(meshes: Sequence[Mesh], camera: Camera) -> Surfaces:
    """Draw every mesh; nearer surfaces hide farther ones pixel by pixel."""
    height, width = (side * SUPERSAMPLING for side in camera.size)
    face = np.zeros((height, width), np.int32)
    nearness = np.zeros((height, width), np.float32)
    if not meshes:
        return Surfaces(
            face, nearness, np.zeros(1, np.int32), np.full(1, -1, np.int32), np.zeros((6, 3, 1), np.float32)
        )
    corners, mesh_of, attributes = _visible_faces(meshes, camera)
    planes = _planes(corners, attributes)
    owner_of = np.array([mesh.owner for mesh in meshes], np.int32)[mesh_of]
    owner_of[0] = -1
    a, b, c = (np.ascontiguousarray(planes[:, i, 0]) for i in range(3))
    fixed = np.round(corners[:, :, :2] * (1 << _FRACTION)).astype(np.int32)
    low = np.clip(np.floor(corners[:, :, :2].min(1)).astype(np.int32) - 1, 0, [width, height])
    high = np.clip(np.ceil(corners[:, :, :2].max(1)).astype(np.int32) + 2, 0, [width, height])
    # Where the faces of one mesh end and those of the next begin; row 0, which is "nothing", belongs to none.
    bounds = np.append(np.flatnonzero(np.diff(mesh_of, prepend=-1)), len(mesh_of))
    for start, stop in zip(bounds[:-1], bounds[1:], strict=True):
        x0, y0 = low[start:stop].min(0)
        x1, y1 = high[start:stop].max(0)
        if x0 >= x1 or y0 >= y1:
            continue
        tile = np.zeros((y1 - y0, x1 - x0), np.int32)
        moved = fixed[start:stop] - (np.array([x0, y0], np.int32) << _FRACTION)
        for index, outline in enumerate(moved, start):
            cv2.fillConvexPoly(tile, outline, index, cv2.LINE_8, _FRACTION)
        x = np.arange(x0, x1, dtype=np.float32)
        y = np.arange(y0, y1, dtype=np.float32)[:, None]
        near = a.take(tile) * x
        near += b.take(tile) * y
        near += c.take(tile)
        # The outermost pixels of a face lie beside it, where a slanting one would seem to come far too near.
        np.minimum(near, 1 / corners[start:stop, :, 2].min(), out=near)
        region = np.s_[y0:y1, x0:x1]
        nearer = near > nearness[region]
        np.copyto(nearness[region], near, where=nearer)
        np.copyto(face[region], tile, where=nearer)
    return Surfaces(face, nearness, mesh_of, owner_of, np.ascontiguousarray(planes[:, :, 1:].transpose(2, 1, 0)))


def _visible_faces(meshes: Sequence[Mesh], camera: Camera) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Faces turned to the camera, mesh by mesh, each from far to near; row 0 stands for "nothing".

    Returns:
        corners (F, 4, 3): x, y in fine pixels and depth; mesh_of (F,); attributes (F, 4, 7): 1, normal, local.
    """
    points = np.concatenate([mesh.points for mesh in meshes])
    attributes = np.ones((len(points), 7))
    np.concatenate([mesh.normals for mesh in meshes], out=attributes[:, 1:4])
    np.concatenate([mesh.local for mesh in meshes], out=attributes[:, 4:])
    offsets = np.cumsum([0, *(len(mesh.points) for mesh in meshes[:-1])])
    faces = np.concatenate([mesh.faces + offset for mesh, offset in zip(meshes, offsets, strict=True)])
    counts = [len(mesh.faces) for mesh in meshes]
    mesh_of = np.repeat(np.arange(len(meshes), dtype=np.int32), counts)
    two_sided = np.repeat([mesh.two_sided for mesh in meshes], counts)
    seen = camera.project(points)
    seen[:, :2] = fine(seen[:, :2])
    # Only what lies before the lens and on or near the picture.
    limit = np.array([camera.size[1], camera.size[0]]) * SUPERSAMPLING
    usable = (seen[:, 2] > NEAR) & (np.abs(seen[:, :2]) < _FARTHEST).all(1)
    a, b, c, d = faces.T
    kept = usable[a] & usable[b] & usable[c] & usable[d]
    x, y = np.ascontiguousarray(seen[:, 0]), np.ascontiguousarray(seen[:, 1])
    area = (x[c] - x[a]) * (y[d] - y[b]) - (x[d] - x[b]) * (y[c] - y[a])
    # y runs down in the picture, so what is counterclockwise from outside has a negative area.
    kept &= (area < -_SLIVER) | (two_sided & (area > _SLIVER))
    order = np.flatnonzero(kept)
    corners = seen[faces[order]]  # (F, 4, 3)
    flat = corners[:, :, :2]
    on = ((flat.max(1) > -1) & (flat.min(1) < limit + 1)).all(1)
    order, corners = order[on], corners[on]
    ranked = np.lexsort((-corners[:, :, 2].sum(1), mesh_of[order]))
    order, corners = order[ranked], corners[ranked]
    values = attributes[faces[order]]
    values[area[order] > 0, :, 1:4] *= -1  # the inside of thin cloth
    nothing = np.array([[[0.0, 0, 1], [1, 0, 1], [1, 1, 1], [0, 1, 1]]])
    return (
        np.concatenate([nothing, corners]),
        np.concatenate([np.array([-1], np.int32), mesh_of[order]]),
        np.concatenate([np.zeros((1, 4, 7)), values]),
    )


def _planes(corners: np.ndarray, attributes: np.ndarray) -> np.ndarray:
    """float32 (F, 3, C): attribute / depth = a x + b y + c, exact in perspective for the larger half of a face."""
    rows = np.arange(len(corners))
    doubled = [_doubled_area(corners[:, [0, 1, 2]]), _doubled_area(corners[:, [0, 2, 3]])]
    half = np.array([[0, 1, 2], [0, 2, 3]])[(np.abs(doubled[1]) > np.abs(doubled[0])).astype(int)]
    corners, attributes = corners[rows[:, None], half], attributes[rows[:, None], half]
    (x0, y0, z0), (x1, y1, z1), (x2, y2, z2) = corners.transpose(1, 2, 0)
    determinant = _doubled_area(corners)
    over = np.stack([1 / (z0 * determinant), 1 / (z1 * determinant), 1 / (z2 * determinant)], -1)
    weights = np.empty((len(corners), 3, 3))  # 3 coefficients of 3 corners
    weights[:, 0, 0], weights[:, 0, 1], weights[:, 0, 2] = y1 - y2, y2 - y0, y0 - y1
    weights[:, 1, 0], weights[:, 1, 1], weights[:, 1, 2] = x2 - x1, x0 - x2, x1 - x0
    weights[:, 2, 0], weights[:, 2, 1], weights[:, 2, 2] = x1 * y2 - x2 * y1, x2 * y0 - x0 * y2, x0 * y1 - x1 * y0
    return ((weights * over[:, None]) @ attributes).astype(np.float32)


def _doubled_area(corners: np.ndarray) -> np.ndarray:
    """(F,) twice the signed area of triangles (F, 3, 2 or more) in the picture."""
    (x0, y0), (x1, y1), (x2, y2) = corners[:, :, :2].transpose(1, 2, 0)
    return (x1 - x0) * (y2 - y0) - (x2 - x0) * (y1 - y0)
