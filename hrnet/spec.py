"""What a network is made of, as numbers. No torch here: catalogues and the OpenVINO engine read it too."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace


@dataclass(frozen=True)
class ModelSpec:
    """The layout of one HRNet (arXiv 1902.09212, section 3 and table 1).

    Branch i of every stage has `width * 2**i` channels and runs at stride `4 * 2**i`.
    """

    name: str
    width: int  # channels of the branch with the highest resolution; W32 and W48 are named after it
    stem: int = 64  # channels of the two strided 3x3 convolutions in front
    bottleneck: int = 64  # inner channels of stage 1; its output has four times as many
    stage1_blocks: int = 4  # bottlenecks in stage 1
    modules: tuple[int, int, int] = (1, 4, 3)  # exchange units in stages 2, 3 and 4
    blocks: int = 4  # basic blocks of every branch between two exchanges

    def __post_init__(self) -> None:
        sizes = (self.width, self.stem, self.bottleneck, self.stage1_blocks, self.blocks, *self.modules)
        if len(self.modules) != 3 or any(type(size) is not int or size < 1 for size in sizes):
            raise ValueError(
                f"a layout needs three module counts and sizes of at least 1, in whole numbers, got {self}"
            )

    def channels(self, branches: int) -> list[int]:
        """Channels of the first `branches` branches, highest resolution first."""
        return [self.width * 2**i for i in range(branches)]

    def to_dict(self) -> dict[str, object]:
        """Plain values that JSON can carry; `ModelSpec.from_dict` reads them back."""
        return {**asdict(self), "modules": list(self.modules)}

    @classmethod
    def from_dict(cls, values: Mapping[str, object]) -> ModelSpec:
        """The inverse of `to_dict`.

        Raises:
            ValueError: a key is missing or unknown.
        """
        try:
            return cls(**{**values, "modules": tuple(values["modules"])})
        except (KeyError, TypeError, ValueError) as error:
            raise ValueError(f"not a network layout: {dict(values)} ({error})") from error


W32 = ModelSpec("W32", width=32)
W48 = ModelSpec("W48", width=48)

# The small layout: HRNet-W18-Small-v2 of HRNet/HRNet-Image-Classification without its classification head.
W18_SMALL_V2 = ModelSpec("W18-small-v2", width=18, stage1_blocks=2, modules=(1, 3, 2), blocks=2)
# Multiples of 8 fill vector registers; width 18 costs three times as much per layer as width 16 on most processors.
W24_SMALL = replace(W18_SMALL_V2, name="W24-small", width=24)
W16_SMALL = replace(W18_SMALL_V2, name="W16-small", width=16)
W8 = replace(W18_SMALL_V2, name="W8", width=8)

SPECS: dict[str, ModelSpec] = {spec.name: spec for spec in (W48, W32, W24_SMALL, W18_SMALL_V2, W16_SMALL, W8)}
