"""Draw maps on paper: axes to scale, areas, lines, points, names, and a legend beside them."""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import PIL.Image
import shapely
from markupsafe import Markup
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import LineCollection, PathCollection
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle
from matplotlib.path import Path as Outline
from matplotlib.patheffects import withStroke
from shapely.geometry.base import BaseGeometry

from firecover.outputs.report.fonts import Lettering
from firecover.outputs.report.model import Image
from firecover.outputs.styles import Marker, rgb

MM_PER_INCH = 25.4
PT_PER_MM = 72 / MM_PER_INCH
DOTS_PER_INCH = 200
#: Colours a printed map is kept to: it makes the file a third of its size.
PALETTE = 160
NEARLY_WHITE = 250
PAGE_MM = 174.0
#: A legend's entries stop this far above its foot.
LEGEND_FOOT_MM = 1.5
_SHAPES = {
    "circle": "o",
    "square": "s",
    "triangle": "^",
    "diamond": "D",
    "star": "*",
    "cross2": "x",
}
Bounds = tuple[float, float, float, float]


@dataclass(frozen=True)
class Sheet:
    """A sheet of paper to draw on, and how it is lettered; sizes in millimetres."""

    figure: Figure
    letters: Lettering
    width_mm: float
    height_mm: float

    def axes(self, left: float, bottom: float, width: float, height: float) -> Axes:
        """Return bare axes at a place of the sheet."""
        axes = self.figure.add_axes(
            (
                left / self.width_mm,
                bottom / self.height_mm,
                width / self.width_mm,
                height / self.height_mm,
            )
        )
        axes.set_xticks([])
        axes.set_yticks([])
        return axes


def new_sheet(letters: Lettering, width_mm: float, height_mm: float) -> Sheet:
    """Return an empty sheet."""
    figure = Figure(figsize=(width_mm / MM_PER_INCH, height_mm / MM_PER_INCH), dpi=DOTS_PER_INCH)
    FigureCanvasAgg(figure)
    return Sheet(figure, letters, width_mm, height_mm)


def map_axes(sheet: Sheet, left: float, bottom: float, bounds: Bounds, scale: float) -> Axes:
    """Return axes that show an area of the ground at a scale, millimetres a metre."""
    x0, y0, x1, y1 = bounds
    axes = sheet.axes(left, bottom, (x1 - x0) * scale, (y1 - y0) * scale)
    axes.set_xlim(x0, x1)
    axes.set_ylim(y0, y1)
    for spine in axes.spines.values():
        spine.set_linewidth(0.5)
        spine.set_color("#666666")
    return axes


def widened(bounds: Iterable[float], share: float, least_m: float = 0.0) -> Bounds:
    """Return bounds with a margin of a share of their longer side, of some size at least."""
    x0, y0, x1, y1 = (float(value) for value in bounds)
    margin = max(share * max(x1 - x0, y1 - y0), (least_m - min(x1 - x0, y1 - y0)) / 2, 1.0)
    return x0 - margin, y0 - margin, x1 + margin, y1 + margin


def areas(axes: Axes, shapes: Iterable[BaseGeometry | None], **style: Any) -> None:
    """Draw polygons, with their holes."""
    outlines = []
    for shape in shapes:
        if shape is None or shape.is_empty:
            continue
        rings = [
            Outline(np.asarray(ring.coords)[:, :2], closed=True)
            for part in shapely.get_parts(shape)
            if part.geom_type == "Polygon"
            for ring in (part.exterior, *part.interiors)
        ]
        if rings:
            outlines.append(Outline.make_compound_path(*rings))
    drawn = PathCollection(outlines, **style)
    drawn.set_transform(axes.transData)
    axes.add_collection(drawn, autolim=False)


def lines(axes: Axes, shapes: Iterable[BaseGeometry | None], **style: Any) -> None:
    """Draw lines, or the borders of polygons."""
    paths = []
    for shape in shapes:
        if shape is None or shape.is_empty:
            continue
        drawn = shapely.boundary(shape) if shape.geom_type.endswith("Polygon") else shape
        paths += [np.asarray(part.coords)[:, :2] for part in shapely.get_parts(drawn)]
    axes.add_collection(LineCollection(paths, **style), autolim=False)


def points(axes: Axes, shapes: Iterable[BaseGeometry | None], marker: Marker, order: int) -> None:
    """Draw points with a sign."""
    there = [shape for shape in shapes if shape is not None and not shape.is_empty]
    xy = shapely.get_coordinates(np.array(there, dtype=object))
    if len(xy):
        axes.plot(xy[:, 0], xy[:, 1], zorder=order, **_sign(marker))


def _sign(marker: Marker) -> dict[str, Any]:
    return {
        "linestyle": "none",
        "marker": _SHAPES[marker.shape],
        "markersize": marker.size_mm * PT_PER_MM * 0.7,
        "markerfacecolor": marker.fill or "none",
        "markeredgecolor": marker.stroke,
        "markeredgewidth": marker.stroke_mm * PT_PER_MM * 0.7,
    }


def write_name(
    sheet: Sheet,
    axes: Axes,
    at: tuple[float, float],
    text: str,
    size_pt: float,
    *,
    colour: str = "#222222",
    bold: bool = False,
    above_mm: float = 0.0,
) -> None:
    """Write a name on a map, above or below (negative) its place, with a light edge."""
    if not text:
        return
    axes.annotate(
        text,
        at,
        xytext=(0, above_mm * PT_PER_MM),
        textcoords="offset points",
        ha="center",
        va="bottom" if above_mm > 0 else "top" if above_mm < 0 else "center",
        color=colour,
        fontproperties=sheet.letters.properties(size_pt, bold=bold),
        path_effects=[withStroke(linewidth=1.6, foreground="white")],
        parse_math=False,
        annotation_clip=True,
        clip_on=True,
        zorder=20,
    )


class Legend:
    """A legend beside or below a map, with the north arrow and the scale bar.

    Entries are set one below the other in a panel whose coordinates are millimetres; a wide
    panel is filled column after column.
    """

    def __init__(self, sheet: Sheet, place: Bounds, column_mm: float = 0.0) -> None:
        left, bottom, width, height = place
        self.letters = sheet.letters
        self.axes = sheet.axes(left, bottom, width, height)
        self.axes.set_xlim(0, width)
        self.axes.set_ylim(0, height)
        self.axes.axis("off")
        self.height = height
        self.column_mm = column_mm or width
        self.x, self.y = 0.0, height - 3.0

    def title(self, text: str) -> None:
        """Write a heading."""
        self._write(self.x, text, 8, bold=True)
        self._next(5.0)

    def area(self, text: str, **style: Any) -> None:
        """Explain an area."""
        self.axes.add_patch(Rectangle((self.x, self.y - 1.4), 6, 2.8, **style))
        self._entry(text)

    def line(self, text: str, **style: Any) -> None:
        """Explain a line."""
        self.axes.add_line(Line2D([self.x, self.x + 6], [self.y, self.y], **style))
        self._entry(text)

    def point(self, text: str, marker: Marker) -> None:
        """Explain a sign."""
        self.axes.plot([self.x + 3], [self.y], **_sign(marker))
        self._entry(text)

    def note(self, text: str) -> None:
        """Add a remark to the entry before."""
        self._entry(text)

    def north(self, word: str) -> None:
        """Draw a north arrow: the maps are drawn with grid north upwards."""
        x, foot = self.x + 3.0, self.y - 7.5
        self.axes.fill([x - 2, x, x], [foot, foot + 1.6, foot + 8], color="#222222", lw=0)
        self.axes.plot([x, x + 2, x], [foot + 1.6, foot, foot + 8], color="#222222", lw=0.6)
        self.y -= 8
        self._write(self.x + 7, word, 8)
        self._next(4.0)

    def scale_bar(self, scale: float, unit: str, room_mm: float = 30.0) -> None:
        """Draw a scale bar for a scale in millimetres a metre."""
        length_m = nice_length_m(room_mm / scale)
        long_mm = length_m * scale
        for part in range(4):
            face = "#222222" if part % 2 == 0 else "white"
            left = self.x + part * long_mm / 4
            self.axes.add_patch(
                Rectangle((left, self.y - 0.6), long_mm / 4, 1.2, fc=face, ec="#222222", lw=0.5)
            )
        self._write(self.x + long_mm + 2, f"{length_m / 1000:g} {unit}", 7)
        self._next(6.0)

    def _entry(self, text: str) -> None:
        self._write(self.x + 8, text, 7)
        self._next(4.6)

    def _write(self, x: float, text: str, size_pt: float, *, bold: bool = False) -> None:
        font = self.letters.properties(size_pt, bold=bold)
        self.axes.text(x, self.y, text, va="center", fontproperties=font, parse_math=False)

    def _next(self, step_mm: float) -> None:
        self.y -= step_mm
        if self.y < LEGEND_FOOT_MM and self.column_mm < self.axes.get_xlim()[1]:
            self.x, self.y = self.x + self.column_mm, self.height - 3.0


def nice_length_m(room_m: float) -> float:
    """Return the longest round length, 1, 2 or 5 times a power of ten, within some room."""
    power = 10.0 ** np.floor(np.log10(room_m))
    return float(next(k * power for k in (5, 2, 1) if k * power <= room_m))


def paler(colour: str, share: float) -> str:
    """Return a colour with a share of white mixed in."""
    mixed = [round(part + (255 - part) * share) for part in rgb(colour)]
    return "#{:02x}{:02x}{:02x}".format(*mixed)


def as_image(sheet: Sheet, alt: Markup) -> Image:
    """Return a map as an ``<img>`` that holds its picture; the same each time."""
    picture = _picture(sheet)
    data = base64.b64encode(picture).decode("ascii")
    html = Markup('<img alt="{0}" src="data:image/png;base64,{1}">').format(alt, data)
    return Image(html, picture, sheet.width_mm, is_map=True)


def _picture(sheet: Sheet) -> bytes:
    """Return a drawing as a PNG of few colours."""
    canvas = sheet.figure.canvas
    assert isinstance(canvas, FigureCanvasAgg)
    canvas.draw()
    pixels = np.asarray(canvas.buffer_rgba())[:, :, :3]
    picture = PIL.Image.fromarray(np.ascontiguousarray(pixels)).quantize(
        PALETTE, method=PIL.Image.Quantize.FASTOCTREE, dither=PIL.Image.Dither.NONE
    )
    # Paper is white, not the nearly white that the palette makes of it.
    palette = picture.getpalette() or []
    for i in range(0, len(palette), 3):
        if min(palette[i : i + 3]) >= NEARLY_WHITE:
            palette[i : i + 3] = [255, 255, 255]
    picture.putpalette(palette)
    stream = io.BytesIO()
    picture.save(stream, "PNG", optimize=True, dpi=(DOTS_PER_INCH, DOTS_PER_INCH))
    return stream.getvalue()


def as_drawing(sheet: Sheet, salt: str) -> Image:
    """Return a drawing as an ``<svg>`` with its letters as outlines; the same each time."""
    stream = io.StringIO()
    with rc_context({"svg.hashsalt": salt, "svg.fonttype": "path"}):
        nothing = dict.fromkeys(("Creator", "Date", "Format", "Type"))
        sheet.figure.savefig(stream, format="svg", metadata=nothing)
    text = stream.getvalue()
    text = text[text.index("<svg") :]
    # A page holds several drawings: ids that nothing in them refers to would stand there twice.
    used = set(re.findall(r'#([^")]+)[")]', text))
    text = re.sub(r' id="([^"]+)"', lambda at: at[0] if at[1] in used else "", text)
    html = Markup(text)  # noqa: S704 - drawn here, names as outlines
    return Image(html, _picture(sheet), sheet.width_mm)
