import pytest

from apps import examples
from hrnet import image
from hrnet.image import ImageError


def test_every_example_is_a_photo_and_has_a_thumbnail():
    assert len(examples.names()) >= 4
    for name in examples.names():
        assert image.read(examples.path(name)).shape[2] == 3
        assert max(image.read(examples.thumbnail(name)).shape) == examples.THUMBNAIL


@pytest.mark.parametrize("name", ["../__init__", "/etc/passwd", "", None, 3, ["beach"], "x" * 999])
def test_another_name_is_refused_in_one_line(name):
    with pytest.raises(ImageError, match="there is no example .* the examples are beach"):
        examples.path(name)
