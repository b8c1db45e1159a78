"""Predictions as the bytes of a file with a row for each picture: lines of JSON, or Parquet."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from zoo_core.common.optional_packages import needing
from zoo_core.prediction.detections import Detections
from zoo_core.prediction.outputs.lines import as_json_line
from zoo_core.prediction.sources.pictures import Picture

__all__ = ["ROWS", "Rows"]

Rows = Sequence[tuple[Picture, Detections]]


def json_lines(rows: Rows) -> bytes:
    """The lines that ``zoo predict --json`` prints."""
    return "".join(f"{as_json_line(picture, found)}\n" for picture, found in rows).encode()


def parquet(rows: Rows) -> bytes:
    """A table with the columns source, width, height, and objects: a list of box, score, label and name.

    Boxes are corners in pixels, as exact as they were computed.

    Raises:
        MissingPackageError: pyarrow is not installed.
    """
    with needing():
        import pyarrow as pa
        import pyarrow.parquet as pq
    fields = {"box": pa.list_(pa.float32(), 4), "score": pa.float32(), "label": pa.int32(), "name": pa.string()}
    size = {"width": pa.int32(), "height": pa.int32()}
    schema = pa.schema({"source": pa.string(), **size, "objects": pa.list_(pa.struct(fields))})
    file = io.BytesIO()
    pq.write_table(pa.Table.from_pylist([_row(*each) for each in rows], schema=schema), file)
    return file.getvalue()


def _row(picture: Picture, found: Detections) -> dict[str, Any]:
    # What is not UTF-8 in a name is written as in the other files.
    source = picture.input.name.encode(errors="backslashreplace").decode()
    columns = (found.boxes.astype(np.float32), found.scores, found.labels, found.names)
    objects = [
        {"box": box, "score": score, "label": label, "name": name}
        for box, score, label, name in zip(*columns, strict=True)
    ]
    size = {"width": found.size.width, "height": found.size.height} if found.size else {}
    return {"source": source, **size, "objects": objects}


ROWS: Mapping[str, Callable[[Rows], bytes]] = {"jsonl": json_lines, "parquet": parquet}
"""By the ending of the file."""
