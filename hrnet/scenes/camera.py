"""A pinhole camera, and rotations about the three axes."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from hrnet.geometry import Size

NEAR = 0.15  # meters; what is closer to the lens than this is not drawn


def turn_x(degrees: float) -> np.ndarray:
    c, s = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    return np.array([[1, 0, 0], [0, c, -s], [0, s, c]])


def turn_y(degrees: float) -> np.ndarray:
    c, s = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    return np.array([[c, 0, s], [0, 1, 0], [-s, 0, c]])


def turn_z(degrees: float) -> np.ndarray:
    c, s = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    return np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]])


@dataclass(frozen=True)
class Camera:
    """Stands `height` meters above the world's origin and looks along -z, `pitch` degrees downward."""

    size: Size  # (height, width) of the photo in pixels
    height: float
    pitch: float
    focal: float  # in pixels
    roll: float = 0.0  # degrees; the picture turns clockwise for a positive angle

    @cached_property
    def position(self) -> np.ndarray:
        return np.array([0.0, self.height, 0.0])

    @cached_property
    def rotation(self) -> np.ndarray:
        """(3, 3) world -> camera directions; the camera's x runs right, y down, z into the picture."""
        return turn_z(self.roll) @ turn_x(self.pitch) @ np.diag([1.0, -1.0, -1.0])

    @cached_property
    def matrix(self) -> np.ndarray:
        """(3, 4) world (x, y, z, 1) -> (x w, y w, w) in photo pixels; w is the depth in meters."""
        height, width = self.size
        inner = np.array([[self.focal, 0, (width - 1) / 2], [0, self.focal, (height - 1) / 2], [0, 0, 1]])
        rotation = self.rotation
        return inner @ np.column_stack([rotation, -rotation @ self.position])

    def project(self, points: np.ndarray) -> np.ndarray:
        """World points (..., 3) -> (..., 3): x and y in photo pixels, and the depth along the axis in meters."""
        m = self.matrix
        seen = points @ m[:, :3].T + m[:, 3]
        seen[..., :2] /= np.maximum(seen[..., 2:], 1e-6)
        return seen

    def ray(self, x: float, y: float) -> np.ndarray:
        """The world direction (not of unit length) that a photo pixel looks along, one meter deep."""
        height, width = self.size
        return self.rotation.T @ np.array([(x - (width - 1) / 2) / self.focal, (y - (height - 1) / 2) / self.focal, 1])

    def ground_at(self, distance: float, x: float) -> np.ndarray:
        """The ground point `distance` meters ahead that stands on the pixel column x."""
        side = self.ray(x, (self.size[0] - 1) / 2)
        return np.array([side[0] / max(-side[2], 1e-6) * distance, 0.0, -distance])
