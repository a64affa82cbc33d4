import numpy as np
import pytest
from studio_fixtures import estimator, photo, weights  # noqa: F401

from hrnet import image


@pytest.fixture
def upload(tmp_path, photo):  # noqa: F811
    """Puts a file where the server keeps uploads, and gives its path as a page sends it."""

    def bring(name: str = "photo.png", content: bytes | np.ndarray | None = None) -> str:
        content = photo if content is None else content
        place = tmp_path / "uploads" / "0123abcd" / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content if isinstance(content, bytes) else image.encode(content, "png"))
        return str(place)

    (tmp_path / "uploads").mkdir()
    return bring
