"""A background in perspective: flat textured surfaces, polygons and skies, with the depth of every pixel."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from hrnet.scenes.camera import NEAR, Camera
from hrnet.scenes.material import Color

_SHIFT = 4  # bits after the point in OpenCV's fixed-point corners


class Canvas:
    """A picture being painted from far to near.

    Args:
        camera: sees the world.
        far: what shows where nothing else is, uint8 (H, W, 3); it is painted over.
        haze: what far things fade into, and the distance in meters at which 63 percent of them has; None for none.
    """

    def __init__(self, camera: Camera, far: np.ndarray, haze: tuple[Color, float] | None = None) -> None:
        self.camera = camera
        self.picture = far
        self.nearness = np.zeros(camera.size, np.float32)  # 1 / depth in 1/meters, 0 where only the far picture is
        self.haze = haze

    def nearness_of(self, normal: np.ndarray, point: np.ndarray) -> np.ndarray:
        """float32 (H, W): 1 / depth of an endless plane; negative where it lies behind the camera."""
        camera = self.camera
        height, width = camera.size
        a, b, c = camera.rotation @ normal / float(normal @ (point - camera.position))
        c -= (a * (width - 1) + b * (height - 1)) / 2 / camera.focal
        x = np.arange(width, dtype=np.float32) * np.float32(a / camera.focal)
        y = np.arange(height, dtype=np.float32) * np.float32(b / camera.focal) + np.float32(c)
        return x + y[:, None]

    def plane(
        self,
        origin: Sequence[float],
        across: Sequence[float],
        down: Sequence[float],
        texture: np.ndarray,
        scale: float,
        *,
        endless: bool = False,
    ) -> None:
        """Paint a texture on a plane, wherever it is nearer than what is there.

        Args:
            origin: world place of the texture's first pixel; its columns run along `across`, its rows along `down`,
                both of unit length.
            texture: uint8 (h, w, 3).
            scale: texture pixels per meter.
            endless: the texture repeats in both directions; otherwise it ends at its edges.
        """
        origin, across, down = (np.asarray(v, np.float64) for v in (origin, across, down))
        near = self.nearness_of(np.cross(across, down), origin)
        shown = near > np.maximum(self.nearness, 1e-4)
        if not endless:
            h, w = texture.shape[:2]
            corners = [origin, origin + across * w / scale, origin + (across * w + down * h) / scale]
            shown &= self._covers([*corners, origin + down * h / scale])
        rows, columns = np.flatnonzero(shown.any(1)), np.flatnonzero(shown.any(0))
        if not len(rows):
            return
        region = np.s_[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
        shown, near = np.ascontiguousarray(shown[region]), np.ascontiguousarray(near[region])
        matrix = self.camera.matrix
        to_photo = np.column_stack([matrix[:, :3] @ across, matrix[:, :3] @ down, matrix @ [*origin, 1]])
        to_photo = to_photo @ np.diag([1 / scale, 1 / scale, 1])
        to_photo = np.array([[1, 0, -columns[0]], [0, 1, -rows[0]], [0, 0, 1]]) @ to_photo
        border = cv2.BORDER_WRAP if endless else cv2.BORDER_REPLICATE
        size = (shown.shape[1], shown.shape[0])
        painted = cv2.warpPerspective(texture, to_photo, size, flags=cv2.INTER_LINEAR, borderMode=border)
        if endless:
            painted = blend(painted, cv2.mean(texture)[:3], self._detail(near, scale))
        if self.haze is not None:
            color, distance = self.haze
            painted = blend(painted, color, np.exp(-1 / (np.maximum(near, 1e-4) * np.float32(distance))))
        cv2.copyTo(painted, shown.view(np.uint8), self.picture[region])
        np.copyto(self.nearness[region], near, where=shown)

    def _covers(self, corners: Sequence[np.ndarray]) -> np.ndarray:
        mask = np.zeros(self.camera.size, np.uint8)
        outline = self._outline(corners)
        if outline is not None:
            cv2.fillPoly(mask, [outline], 255, cv2.LINE_8, _SHIFT)
        return mask > 0

    def _detail(self, near: np.ndarray, scale: float) -> np.ndarray:
        """float32: the share of a texture that stays where one photo pixel spans several of its pixels: there it gives
        way to its mean instead of flickering. Seen from eye height the span grows with the square of the distance."""
        steep = near * near * np.float32(self.camera.focal * max(self.camera.height, 0.3) / scale)
        return np.clip(1.6 * steep - 0.1, 0, 1)

    def hazy(self, color: Color, distance: float) -> Color:
        """A color as seen through the haze from a distance in meters."""
        if self.haze is None:
            return color
        haze, reach = self.haze
        share = 1 - float(np.exp(-distance / reach))
        return tuple(c + (h - c) * share for c, h in zip(color, haze, strict=True))

    def _outline(self, points: Sequence[np.ndarray]) -> np.ndarray | None:
        """World polygon -> OpenCV's fixed-point photo polygon, cut off at the lens; None where nothing is left."""
        camera = self.camera
        seen = (np.asarray(points, np.float64) - camera.position) @ camera.rotation.T
        wide = 3 * max(camera.size) / camera.focal  # cut off well outside the picture: fixed point has an end
        for plane in ((0, 0, 1, -NEAR), (1, 0, wide, 0), (-1, 0, wide, 0), (0, 1, wide, 0), (0, -1, wide, 0)):
            inside = seen @ plane[:3] + plane[3]
            if (inside >= 0).all():
                continue
            kept = []
            for a, b, p, q in zip(seen, np.roll(seen, -1, 0), inside, np.roll(inside, -1), strict=True):
                if p >= 0:
                    kept.append(a)
                if (p < 0) != (q < 0):
                    kept.append(a + (b - a) * (p / (p - q)))
            if len(kept) < 3:
                return None
            seen = np.array(kept)
        flat = seen[:, :2] / seen[:, 2:] * camera.focal + (np.array(camera.size[::-1]) - 1) / 2
        return np.round(flat * (1 << _SHIFT)).astype(np.int32)

    def polygon(self, points: Sequence[Sequence[float]], color: Color) -> None:
        """Fill a flat world polygon; whatever was painted before lies behind it."""
        outline = self._outline([np.asarray(p, np.float64) for p in points])
        if outline is not None:
            cv2.fillPoly(self.picture, [outline], color, cv2.LINE_AA, _SHIFT)

    def disc(self, center: Sequence[float], radius: float, color: Color) -> None:
        """Fill a round blob that faces the camera; radius in meters."""
        x, y, depth = self.camera.project(np.asarray(center, np.float64))
        size = radius * self.camera.focal / max(depth, NEAR)
        if depth > NEAR and abs(x) < 1e5 and abs(y) < 1e5 and 0.3 < size < 1e5:
            place = (round(x * (1 << _SHIFT)), round(y * (1 << _SHIFT)))
            cv2.circle(self.picture, place, round(size * (1 << _SHIFT)), color, -1, cv2.LINE_AA, _SHIFT)


def filled(size: tuple[int, int], color: Color) -> np.ndarray:
    """uint8 (H, W, 3): one color."""
    return cv2.merge([np.full(size, min(max(value, 0), 255), np.uint8) for value in color])


def tinted(level: np.ndarray, color: Color) -> np.ndarray:
    """uint8 (H, W, 3): a color times a level (H, W) between 0 and 1.5, by a table: numpy is slow on rows of three."""
    index = (np.minimum(level, np.float32(1.5)) * np.float32(170)).astype(np.uint8)
    table = np.clip(np.arange(256)[:, None] / 170 * np.asarray(color), 0, 255).astype(np.uint8)
    return cv2.LUT(cv2.merge([index, index, index]), table[None])


def dimmed(picture: np.ndarray, share: np.ndarray) -> np.ndarray:
    """uint8 (H, W, 3): a picture times a share (H, W) between 0 and 1."""
    factor = (share * np.float32(255)).astype(np.uint8)
    return cv2.multiply(picture, cv2.merge([factor, factor, factor]), scale=1 / 255)


def blend(picture: np.ndarray, color: Color, share: np.ndarray) -> np.ndarray:
    """uint8 (H, W, 3): `share` (H, W) of the picture, the rest one color."""
    return cv2.blendLinear(picture, filled(picture.shape[:2], color), share, 1 - share)


def noise(rng: np.random.Generator, size: tuple[int, int], cells: int, octaves: int = 3) -> np.ndarray:
    """Smooth noise float32 (H, W) in 0 to 1 that repeats without a seam: small random pictures, enlarged.

    Args:
        cells: random values along the longer side in the coarsest picture; each further one has twice as many.
    """
    finest = cells * 2 ** (octaves - 1)
    coarser = max(min(4, int(max(size) / (3 * finest))), 1)  # summed up smaller where nothing would be seen of the rest
    height, width = (max(side // coarser, 2) for side in size)
    total = np.zeros((height, width), np.float32)
    for octave in range(octaves):
        n = cells * 2**octave
        rows, columns = (max(round(n * side / max(size)), 2) for side in size)
        values = rng.random((rows, columns), np.float32)
        total += _enlarged(values, (height, width), cv2.INTER_CUBIC) * np.float32(0.5**octave)
    low, high = float(total.min()), float(total.max())
    total = (total - low) * np.float32(1 / max(high - low, 1e-6))
    return total if coarser == 1 else _enlarged(total, size, cv2.INTER_LINEAR)


def _enlarged(values: np.ndarray, size: tuple[int, int], flags: int) -> np.ndarray:
    """A picture that repeats, larger: its right edge still meets its left one."""
    (height, width), (rows, columns) = size, values.shape
    x, y = width / columns, height / rows
    # The center of the first value lands half a value in; the two wrapped ones before it fall off.
    place = np.array([[x, 0, -1.5 * x - 0.5], [0, y, -1.5 * y - 0.5]])
    return cv2.warpAffine(np.pad(values, 2, mode="wrap"), place, (width, height), flags=flags)


def blurred(values: np.ndarray, sigma: float) -> np.ndarray:
    """A wide Gaussian blur, done on a smaller picture: sigma in pixels of the given one."""
    height, width = values.shape[:2]
    coarser = max(min(int(sigma / 1.5), 8, min(height, width) // 4), 1)
    if coarser == 1:
        return cv2.GaussianBlur(values, (0, 0), max(sigma, 0.3))
    small = cv2.resize(values, (width // coarser, height // coarser), interpolation=cv2.INTER_AREA)
    return cv2.resize(cv2.GaussianBlur(small, (0, 0), sigma / coarser), (width, height), interpolation=cv2.INTER_LINEAR)


def vertical_gradient(size: tuple[int, int], top: Color, bottom: Color, until: float = 1.0) -> np.ndarray:
    """uint8 (H, W, 3): from one color to another, reached at the row `until` (a fraction of the height)."""
    height, width = size
    share = np.clip(np.arange(height) / max(height * until, 1), 0, 1)[:, None]
    column = np.clip(np.asarray(top) + share * np.subtract(bottom, top), 0, 255).astype(np.uint8)
    return cv2.resize(column[:, None], (width, height), interpolation=cv2.INTER_NEAREST)


def horizon(camera: Camera) -> float:
    """The row, as a fraction of the height, in which level ground ends (for a camera without roll)."""
    height = camera.size[0]
    return float(((height - 1) / 2 - camera.focal * np.tan(np.deg2rad(camera.pitch))) / height)
