"""Photos that live in the device's memory, and crops made of them there: nothing but some numbers a person travels.

    pictures = Pictures.of(photo_cache, device)
    crops = pictures.sample(places, matrices, (256, 192), fill=0)          # float gray levels (N, 256, 192, 3)
    crops = changed(crops, changes)                                        # what `hrnet.augment.many` drew

The values are those of OpenCV on the host before it rounds them; tests hold the two together.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
import torch
from torch import Tensor

from hrnet.augment.batch import light
from hrnet.augment.many import Change, Covers, Lights, Shrunk
from hrnet.data.flat import Flat
from hrnet.geometry import Size

PIECE = 1 << 28  # bytes that are handed to the device at a time


@dataclass(frozen=True, eq=False)
class Pictures:
    """Pictures of any sizes in one tensor.

    pixels: uint8 (P, 3), row after row of picture after picture. first: int64 (S,), the row where each one begins;
    sizes: int64 (S, 2), height and width; both 0 where there is no picture.
    """

    pixels: Tensor
    first: Tensor
    sizes: Tensor

    @classmethod
    def of(cls, flat: Flat, device: torch.device) -> Pictures:
        """All pictures of a cache: a gigabyte for some 1,100 photos of 640x480."""
        values = torch.empty(len(flat.pixels), dtype=torch.uint8, device=device)
        for start in range(0, len(flat.pixels), PIECE):
            values[start : start + PIECE] = torch.from_numpy(np.array(flat.pixels[start : start + PIECE]))
        sizes = torch.tensor([shape or (0, 0) for shape in flat.shapes], dtype=torch.int64, device=device)
        first = torch.from_numpy(flat.offsets[:-1] // 3).to(device)
        return cls(values.view(-1, 3), first, sizes.view(-1, 2))

    def sample(self, places: Tensor, matrices: Tensor, size: Size, fill: int = 0) -> Tensor:
        """One crop from each of the pictures `places` (N,): `Affine.warp` for a batch.

        Args:
            matrices: float64 (N, 2, 3), from the pixels of each picture to those of its crop.
            size: (height, width) of the crops.
            fill: gray level outside of the pictures.
        Returns:
            float32 (N, height, width, 3): gray levels.
        """
        device, (height, width) = self.pixels.device, size
        linear, shift = matrices.split([2, 1], dim=2)
        back = torch.linalg.inv_ex(linear).inverse  # without asking whether it went well, which waits for a GPU
        corner = -(back @ shift)[..., 0].float()
        back = back.float()
        x, y = (torch.arange(side, device=device, dtype=torch.float32) for side in (width, height))
        # (N, height, width): where in its picture each pixel of the crop lies
        across, down = (
            back[:, axis, 0, None, None] * x + back[:, axis, 1, None, None] * y[:, None] + corner[:, axis, None, None]
            for axis in (0, 1)
        )
        left, top = across.floor(), down.floor()
        high, wide = (self.sizes[places, axis, None, None] for axis in (0, 1))
        first = self.first[places, None, None]
        made = torch.full((len(places), height, width, 3), float(fill), device=device)
        for column, share_x in ((left, 1 - (across - left)), (left + 1, across - left)):
            for row, share_y in ((top, 1 - (down - top)), (top + 1, down - top)):
                inside = (column >= 0) & (column < wide) & (row >= 0) & (row < high)
                rows = torch.where(inside, first + row.long() * wide + column.long(), 0)
                share = (share_x * share_y * inside)[..., None]
                made += share * (self.pixels[rows].float() - fill)
        return made


def changed(crops: Tensor, changes: Iterable[Change]) -> Tensor:
    """Crops (N, H, W, 3) of gray levels after all that was drawn for them, in order; float32, not rounded."""
    for change in changes:
        match change:
            case Lights():
                crops = light(crops, torch.from_numpy(change.choices).to(crops.device, non_blocking=True))
            case Shrunk():
                crops = shrunk(crops, change)
            case Covers():
                crops = covered(crops, change)
    return crops


def shrunk(crops: Tensor, change: Shrunk) -> Tensor:
    """Some crops made smaller and large again, see `LowResolution`. Resizing is a matrix along each side."""
    if not len(change.rows):
        return crops
    (height, width), device = crops.shape[1:3], crops.device
    rows = torch.from_numpy(change.rows).to(device)
    down, across = (
        _there_and_back(side, device)[torch.from_numpy(change.sizes[:, axis]).to(device)]
        for axis, side in ((0, height), (1, width))
    )
    crops = crops.float().clone()
    crops[rows] = torch.einsum("nij,njkc->nikc", down, torch.einsum("nkj,nijc->nikc", across, crops[rows]))
    return crops


@lru_cache(maxsize=8)
def _there_and_back(side: int, device: torch.device) -> Tensor:
    """float32 (side + 1, side, side): for each smaller size the matrix that averages to it and interpolates back."""
    one = np.eye(side, dtype=np.float32)
    matrices = np.zeros((side + 1, side, side), np.float32)
    for size in range(1, side + 1):
        small = cv2.resize(one, (side, size), interpolation=cv2.INTER_AREA)
        matrices[size] = cv2.resize(small, (side, side), interpolation=cv2.INTER_LINEAR)
    return torch.from_numpy(matrices).to(device)


def covered(crops: Tensor, change: Covers) -> Tensor:
    """Rectangles of flat color or noise over the crops, see `CoarseDropout`."""
    device, (count, height, width) = crops.device, crops.shape[:3]
    noise = torch.rand(
        (count, height, width, 3), device=device, generator=torch.Generator(device).manual_seed(change.seed)
    )
    noise = (noise * 256).floor()
    x, y = torch.arange(width, device=device), torch.arange(height, device=device)
    rectangles, colors, noisy = (
        torch.from_numpy(values).to(device, non_blocking=True)
        for values in (change.rectangles, change.colors, change.noisy)
    )
    for place in range(rectangles.shape[1]):
        left, top, w, h = rectangles[:, place, :, None].unbind(dim=1)
        columns, lines = (x >= left) & (x < left + w), (y >= top) & (y < top + h)
        inside = (lines[:, :, None] & columns[:, None])[..., None]
        filling = torch.where(noisy[:, place, None, None, None], noise, colors[:, place, None, None].float())
        crops = torch.where(inside, filling, crops)
    return crops
