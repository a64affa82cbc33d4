"""Surfaces made of four-cornered faces: everything in a drawn scene that has a front and a back.

World frame: x to the right, y up, z toward the viewer, in meters; the ground is y = 0.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from hrnet.scenes.material import Material


@dataclass(frozen=True)
class Mesh:
    """Faces of four corners with a smooth normal at each.

    The faces of one mesh should form a surface without deep folds: inside a mesh they are drawn from far to near,
    and only between meshes is depth compared pixel by pixel.
    """

    points: np.ndarray  # float (V, 3), world
    normals: np.ndarray  # float (V, 3), unit length, outward
    local: np.ndarray  # float (V, 3): what the material paints by, e.g. meters (around, along, -)
    faces: np.ndarray  # int (T, 4), counterclockwise seen from outside, nearly flat; two corners may coincide
    material: Material
    owner: int = -1  # which person it belongs to; -1 for a thing
    two_sided: bool = False  # thin cloth and leaves: the inside is drawn too
    part: str = ""  # which part of a person: "trunk", "head", "left_arm", ...

    def placed(self, turn: np.ndarray, shift: np.ndarray) -> Mesh:
        """The same mesh rotated by `turn` (3, 3), then moved by `shift` (3,)."""
        return replace(self, points=self.points @ turn.T + shift, normals=self.normals @ turn.T)

    def moved(self, shift: np.ndarray) -> Mesh:
        return replace(self, points=self.points + shift)


def merged(meshes: Sequence[Mesh]) -> Mesh:
    """Small meshes of one material as a single one, which is drawn faster: a hand, a pair of glasses."""
    offsets = np.cumsum([0, *(len(mesh.points) for mesh in meshes[:-1])])
    return replace(
        meshes[0],
        points=np.concatenate([mesh.points for mesh in meshes]),
        normals=np.concatenate([mesh.normals for mesh in meshes]),
        local=np.concatenate([mesh.local for mesh in meshes]),
        faces=np.concatenate([mesh.faces + offset for mesh, offset in zip(meshes, offsets, strict=True)]),
    )


@lru_cache(maxsize=64)
def _grid_faces(rows: int, columns: int) -> np.ndarray:
    """One face per cell of a grid whose columns run around and whose rows run along."""
    r, c = np.meshgrid(np.arange(rows - 1), np.arange(columns - 1), indexing="ij")
    first = r * columns + c
    faces = np.stack([first, first + 1, first + columns + 1, first + columns], -1).reshape(-1, 4)
    faces.flags.writeable = False
    return faces


def _unit(vectors: np.ndarray) -> np.ndarray:
    return vectors / np.sqrt(np.maximum(np.einsum("...i,...i->...", vectors, vectors), 1e-18))[..., None]


def grid(
    points: np.ndarray,
    local: np.ndarray,
    material: Material,
    *,
    owner: int = -1,
    closed: bool = True,
    two_sided: bool = False,
) -> Mesh:
    """A surface through a grid of points (rows, columns, 3).

    Seen from outside, the columns run counterclockwise around the direction in which the rows advance. `closed` joins
    the last column to the first; `local` may then have one column more, which tells the material what follows the last.
    A row that shrinks to one point (a pole) takes the normal of the row beside it.
    """
    rows, columns = points.shape[:2]
    u = np.empty_like(points)  # the step along a row, from the column before to the column after
    u[:, 1:-1] = points[:, 2:] - points[:, :-2]
    if closed:
        u[:, 0], u[:, -1] = points[:, 1] - points[:, -1], points[:, 0] - points[:, -2]
    else:
        u[:, 0], u[:, -1] = points[:, 1] - points[:, 0], points[:, -1] - points[:, -2]
    v = np.empty_like(points)  # the step from row to row
    v[1:-1] = points[2:] - points[:-2]
    v[0], v[-1] = points[1] - points[0], points[-1] - points[-2]
    normals = np.empty_like(points)
    for i, j, k in ((0, 1, 2), (1, 2, 0), (2, 0, 1)):
        np.subtract(u[..., j] * v[..., k], u[..., k] * v[..., j], out=normals[..., i])
    if closed:
        spread = np.abs(u).sum((1, 2)).tolist()
        for row, beside in ((0, 1), (-1, -2)):
            if spread[row] < 0.02 * spread[beside]:
                normals[row] = normals[beside].mean(0)
    if closed:
        points = np.concatenate([points, points[:, :1]], 1)
        normals = np.concatenate([normals, normals[:, :1]], 1)
        if local.shape[1] == columns:
            local = np.concatenate([local, local[:, :1]], 1)
        columns += 1
    return Mesh(
        points.reshape(-1, 3),
        _unit(normals).reshape(-1, 3),
        local.reshape(-1, 3),
        _grid_faces(rows, columns),
        material,
        owner,
        two_sided,
    )


@lru_cache(maxsize=16)
def circle(columns: int) -> np.ndarray:
    """Angles from -pi to just before pi; the seam of a pattern lies at the far side of angle 0."""
    return np.arange(columns) * (2 * np.pi / columns) - np.pi


def loft(
    centers: np.ndarray,
    first: np.ndarray,
    second: np.ndarray,
    along: np.ndarray,
    material: Material,
    *,
    owner: int = -1,
    columns: int = 12,
    two_sided: bool = False,
) -> Mesh:
    """A tube through elliptical rings.

    Args:
        centers: (R, 3) ring centers.
        first, second: (R, 3) half axes of each ring; `first` x `second` points along the tube.
        along: (R,) distance along the tube in meters, for the material: local = (around, along, cosine), where around
            is 0 and the cosine 1 at `first`.
    """
    angle = circle(columns)
    cos, sin = np.cos(angle), np.sin(angle)
    points = centers[:, None] + first[:, None] * cos[:, None] + second[:, None] * sin[:, None]
    return grid(
        points,
        around(along, angle, float(np.sqrt((first * first).sum(-1)).max())),
        material,
        owner=owner,
        two_sided=two_sided,
    )


def around(along: np.ndarray, angle: np.ndarray, radius: float) -> np.ndarray:
    """Local coordinates (R, C + 1, 3) of a tube: meters around, meters along, and the cosine of the angle."""
    angle = np.append(angle, angle[0] + 2 * np.pi)
    local = np.empty((len(along), len(angle), 3))
    local[..., 0] = angle * radius
    local[..., 1] = along[:, None]
    local[..., 2] = np.cos(angle)
    return local


_CAP = np.deg2rad([4.0, 35.0, 65.0])  # rings of a rounded end, from its pole


def limb(
    start: np.ndarray,
    end: np.ndarray,
    side: np.ndarray,
    radii: Sequence[tuple[float, float]],
    material: Material,
    *,
    owner: int = -1,
    columns: int = 12,
    flat: float = 1.0,
    bulge: Sequence[float] = (),
    rounded: tuple[bool, bool] = (True, True),
    dome: float = 1.0,
    two_sided: bool = False,
) -> Mesh:
    """A tapered round-ended tube between two points.

    Args:
        side: a direction roughly across the limb; where angle 0 of the material lies.
        radii: (fraction of the length, radius in meters) from start to end.
        flat: the other half axis relative to the radius.
        bulge: shift of each ring's center along the other half axis, in meters.
        rounded: whether the start and the end are closed, by half spheres that are `dome` times as high as wide.
    """
    axis = end - start
    length = float(np.sqrt(axis @ axis))
    axis = axis / max(length, 1e-9)
    first = side - axis * (side @ axis)
    first = first / max(float(np.sqrt(first @ first)), 1e-9)
    x, y, z = axis
    second = np.array([y * first[2] - z * first[1], z * first[0] - x * first[2], x * first[1] - y * first[0]])
    at = np.array([t * length for t, _ in radii])
    radius = np.array([r for _, r in radii])
    shift = np.array(bulge) if len(bulge) else np.zeros(len(radii))
    if rounded[0]:
        at = np.concatenate([at[0] - dome * radius[0] * np.cos(_CAP), at])
        radius = np.concatenate([radius[0] * np.sin(_CAP), radius])
        shift = np.concatenate([np.full(3, shift[0]), shift])
    if rounded[1]:
        at = np.concatenate([at, at[-1] + dome * radius[-1] * np.cos(_CAP[::-1])])
        radius = np.concatenate([radius, radius[-1] * np.sin(_CAP[::-1])])
        shift = np.concatenate([shift, np.full(3, shift[-1])])
    centers = start + at[:, None] * axis + shift[:, None] * second
    return loft(
        centers,
        radius[:, None] * first,
        (radius * flat)[:, None] * second,
        at,
        material,
        owner=owner,
        columns=columns,
        two_sided=two_sided,
    )


def ball(
    center: np.ndarray,
    frame: np.ndarray,
    radii: Sequence[float],
    material: Material,
    *,
    owner: int = -1,
    columns: int = 10,
    rows: int = 7,
) -> Mesh:
    """An ellipsoid; the rows of `frame` (3, 3) are its axes, the poles lie on the second."""
    latitude = np.deg2rad(np.linspace(-88, 88, rows))
    height, radius = np.sin(latitude)[:, None], np.cos(latitude)[:, None]
    return loft(
        center + height * radii[1] * frame[1],
        radius * radii[2] * frame[2],
        radius * radii[0] * frame[0],
        height[:, 0] * radii[1],
        material,
        owner=owner,
        columns=columns,
    )


# The corners of each side of a cuboid, counterclockwise from outside, and the two axes its pattern runs along.
_SIDES = (
    ((0, 0, 1), ((-1, -1, 1), (1, -1, 1), (1, 1, 1), (-1, 1, 1)), (0, 1)),
    ((0, 0, -1), ((1, -1, -1), (-1, -1, -1), (-1, 1, -1), (1, 1, -1)), (0, 1)),
    ((1, 0, 0), ((1, -1, 1), (1, -1, -1), (1, 1, -1), (1, 1, 1)), (2, 1)),
    ((-1, 0, 0), ((-1, -1, -1), (-1, -1, 1), (-1, 1, 1), (-1, 1, -1)), (2, 1)),
    ((0, 1, 0), ((-1, 1, 1), (1, 1, 1), (1, 1, -1), (-1, 1, -1)), (0, 2)),
    ((0, -1, 0), ((-1, -1, -1), (1, -1, -1), (1, -1, 1), (-1, -1, 1)), (0, 2)),
)


def cuboid(
    center: Sequence[float], half: Sequence[float], material: Material, *, turn: np.ndarray | None = None
) -> Mesh:
    """A box with half sides `half`, rotated by `turn` (3, 3) about its center."""
    half = np.asarray(half, np.float64)
    normals = np.repeat([side[0] for side in _SIDES], 4, 0).astype(np.float64)
    points = np.array([corner for side in _SIDES for corner in side[1]], np.float64) * half
    local = np.zeros_like(points)
    for i, (_, _, axes) in enumerate(_SIDES):
        local[4 * i : 4 * i + 4, :2] = points[4 * i : 4 * i + 4][:, axes]
        local[4 * i : 4 * i + 4, 2] = i
    mesh = Mesh(points, normals, local, np.arange(24).reshape(6, 4), material)
    return mesh.placed(np.eye(3) if turn is None else turn, np.asarray(center, np.float64))
