"""Pictures in and out: any picture file, bytes or array becomes a photo, and a photo becomes a file.

A photo is `uint8 [H, W, 3]`, RGB, upright. OpenCV's BGR order exists only inside this folder.
"""

from hrnet.image.files import IMAGE_SUFFIXES, encode, find, write
from hrnet.image.limits import MAX_BYTES, MAX_PIXELS, ImageError
from hrnet.image.reading import Source, read

__all__ = ["IMAGE_SUFFIXES", "MAX_BYTES", "MAX_PIXELS", "ImageError", "Source", "encode", "find", "read", "write"]
