"""Text in whatever encoding it was saved."""

from __future__ import annotations

import codecs

HEAD = 4096  # bytes that tell what a text is encoded in
MARKS = {  # byte order marks, the longer ones first: that of UTF-32 begins like that of UTF-16
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}


def decoded(raw: bytes) -> str:
    """Text in any encoding that tools write: UTF-8, UTF-16 or UTF-32 with and without a mark, else Windows' Latin.

    Raises:
        ValueError: it begins with a mark and is not what that says.
    """
    for mark, encoding in MARKS.items():
        if raw.startswith(mark):
            return raw.decode(encoding)
    if b"\0" in raw[:HEAD]:  # UTF-16 without a mark: every second byte of ASCII is zero
        return raw.decode("utf-16-le" if raw[1:2] == b"\0" else "utf-16-be")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("cp1252", errors="replace")  # Latin-1 with quotes and dashes, as Windows writes it
