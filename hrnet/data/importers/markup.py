"""XML that somebody sent: without document types, by which a file of a kilobyte grows to gigabytes or names others."""

from __future__ import annotations

from xml.etree import ElementTree

from hrnet.data.importers.content import LabelFile


def xml_root(file: LabelFile) -> ElementTree.Element:
    """The outermost element.

    Raises:
        ValueError: it declares a document type, or is not valid; one line.
    """
    text = file.text.lstrip("\ufeff")
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise ValueError(f"{file.name} declares a document type, which labels have no use for; it is not read")
    if text.startswith("<?xml"):  # the text is decoded: what it says of its encoding no longer holds
        text = text.partition("?>")[2].lstrip()
    try:
        return ElementTree.fromstring(text)
    except ElementTree.ParseError as error:
        raise ValueError(f"{file.name} is not valid XML: {error}") from error
