"""A picture of a screen as a file: the specification with its rows inside, drawn as SVG or PNG, on white."""

from collections.abc import Mapping
from datetime import datetime
from html import escape
from typing import Any, Literal

import pyarrow as pa

type Format = Literal["svg", "png"]

WIDTH = 760
SHARPNESS = 2.0  # pixels of a PNG to one of the screen


def picture_file(spec: Mapping[str, Any], table: pa.Table, form: Format, *, words: str) -> bytes:
    """Return a picture as a file; `words` describe it to those who do not see it."""
    from vl_convert import vegalite_to_png, vegalite_to_svg  # noqa: PLC0415 - a renderer of 50 MB

    rows = [{name: _plain(cell) for name, cell in row.items()} for row in table.to_pylist()]
    whole = {**spec, "data": {"values": rows}, "width": WIDTH, "background": "white", "description": words}
    if form == "png":
        return bytes(vegalite_to_png(whole, scale=SHARPNESS))
    label = escape(words, quote=True)
    return str(vegalite_to_svg(whole)).replace("<svg ", f'<svg role="img" aria-label="{label}" ', 1).encode()


def _plain(cell: object) -> object:
    return cell.isoformat() if isinstance(cell, datetime) else cell
