import numpy as np
import pytest

from apps import examples
from hrnet import image
from hrnet.image import ImageError
from hrnet.scenes import EXAMPLES, example


def test_every_example_is_a_photo_and_has_a_thumbnail():
    assert len(examples.names()) >= 4
    for name in examples.names():
        assert image.read(examples.path(name)).shape[2] == 3
        assert max(image.read(examples.thumbnail(name)).shape) == examples.THUMBNAIL


@pytest.mark.parametrize("name", ["../__init__", "/etc/passwd", "", None, 3, ["beach"], "x" * 999])
def test_another_name_is_refused_in_one_line(name):
    with pytest.raises(ImageError, match="there is no example .* the examples are beach"):
        examples.path(name)


def test_the_drawn_examples_are_what_the_gallery_draws_today():
    assert set(EXAMPLES) == set(examples.DRAWN)
    for name in examples.DRAWN:
        difference = image.read(examples.path(name)).astype(int) - example(name).photo
        assert np.abs(difference).mean() < 3, f"{name}: draw it anew with python -m apps.examples, and look at it"
