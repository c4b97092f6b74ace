"""Boxes and points of the texts that RDF holds them in: WKT and GeoJSON."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

_NUMBER = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
_WKT = re.compile(r"\s*(?:<([^>]*)>)?\s*([A-Za-z]+)\s*Z?\s*(\(.*\))\s*$", re.DOTALL)
_NUMBERS = re.compile(_NUMBER)
# Formally the only systems of two axes that a feed of longitudes and latitudes can mean.
_LAT_FIRST = re.compile(r"EPSG/(0|[\d.]+)/4326/?$")
_LON_FIRST = re.compile(r"OGC/1\.3/CRS84/?$")
# Longer texts are coastlines, not boxes, and would take long to read.
_LONGEST = 1_000_000

Point = tuple[float, float]
Box = tuple[float, float, float, float]


@dataclass(frozen=True, kw_only=True)
class Geometry:
    """A point, or the box around a shape; `exact` when the shape is that box."""

    point: Point | None = None
    box: Box | None = None
    exact: bool = True


def read_geometry(text: str, *, is_own: bool = False) -> Geometry | None:
    """Read a point or a box.

    Args:
        text: WKT, with or without its coordinate system, or GeoJSON.
        is_own: written by us, west first, even where the box crosses the date line.

    Returns:
        The geometry, or None when the text holds none that we know.
    """
    if len(text) > _LONGEST:
        return None
    try:
        if text.lstrip().startswith("{"):
            found = json.loads(text)
            kind, points = str(found["type"]), list(_pairs(found["coordinates"]))
        else:
            kind, points = _read_wkt(text)
    except (ValueError, LookupError, TypeError, RecursionError):
        return None
    if kind.upper() == "POINT" and len(points) == 1:
        return Geometry(point=points[0])
    if kind.upper() == "ENVELOPE" and len(points) == 2:
        (west, east), (north, south) = points
        return Geometry(box=(west, south, east, north))
    return _box(points, is_own) if len(points) > 1 else None


def _read_wkt(text: str) -> tuple[str, list[Point]]:
    match = _WKT.match(text)
    if not match:
        raise ValueError("not WKT")
    system, kind, body = match.groups()
    is_lat_first = bool(system and _LAT_FIRST.search(system))
    if system and not is_lat_first and not _LON_FIRST.search(system):
        raise ValueError("a coordinate system that is none of ours")
    if kind.upper() == "ENVELOPE":
        west, east, north, south = (float(number) for number in _NUMBERS.findall(body))
        return kind, [(west, east), (north, south)]
    points = []
    for pair in re.split(r"[(),]+", body):
        if pair.strip():
            x, y, *_ = (float(number) for number in _NUMBERS.findall(pair))
            points.append((y, x) if is_lat_first else (x, y))
    return kind, points


def _pairs(coordinates: Any) -> Iterator[Point]:
    """Walk through GeoJSON's nested lists down to the pairs of numbers."""
    if coordinates and isinstance(coordinates[0], (int, float)):
        yield float(coordinates[0]), float(coordinates[1])
        return
    for part in coordinates:
        yield from _pairs(part)


def _box(points: list[Point], is_own: bool) -> Geometry:
    corners = points[:-1] if points[0] == points[-1] else points
    xs, ys = [x for x, _ in points], [y for _, y in points]
    if is_own and len(corners) == 4:
        return Geometry(box=(xs[0], ys[0], xs[2], ys[2]))
    box = (min(xs), min(ys), max(xs), max(ys))
    is_exact = {(x, y) for x in box[::2] for y in box[1::2]} == set(corners)
    return Geometry(box=box, exact=is_exact)
