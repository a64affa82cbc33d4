"""Weights: which exist, where they are, what they are called, and how their input must be prepared.

    tensors, metadata = load("coco-w32-256x192")    # a catalogue name, a file, a run folder, or "default"

`catalogue` knows what is published, `store` fetches and keeps it, `convert` renames it, `checkpoint` is our own form.
"""

from hrnet.weights.catalogue import Entry, embedded, published
from hrnet.weights.checkpoint import Figure, Metadata, read_metadata, save
from hrnet.weights.convert import Report, convert, read_checkpoint
from hrnet.weights.errors import WeightsError
from hrnet.weights.lookup import load, resolve, rows, table
from hrnet.weights.names import infer_spec, published_shapes
from hrnet.weights.store import fetch, progress_bar

__all__ = [
    "Entry",
    "Figure",
    "Metadata",
    "Report",
    "WeightsError",
    "convert",
    "embedded",
    "fetch",
    "infer_spec",
    "load",
    "progress_bar",
    "published",
    "published_shapes",
    "read_checkpoint",
    "read_metadata",
    "resolve",
    "rows",
    "save",
    "table",
]
