import numpy as np
import pytest

from hrnet.augment import Sample
from hrnet.geometry import OFFICIAL, Box
from hrnet.skeleton import COCO_17


@pytest.fixture
def sample():
    """Somebody with all joints labeled in a photo without any regularity; rows of keypoints tell joints apart."""
    rng = np.random.default_rng(3)
    keypoints = np.column_stack([rng.uniform(40, 110, 17), rng.uniform(20, 100, 17), np.full(17, 2)])
    return Sample(
        photo=rng.integers(0, 256, (120, 160, 3), np.uint8),
        skeleton=COCO_17,
        input_size=(128, 96),
        box=Box(35, 12, 80, 95),
        keypoints=keypoints.astype(np.float32),
        confidence=np.linspace(0.1, 0.9, 17, dtype=np.float32),
        rule=OFFICIAL,
    )
