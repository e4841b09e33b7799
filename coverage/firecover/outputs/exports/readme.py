"""The page that lies beside exported files: what they are, and what must be known of them."""

from __future__ import annotations

from collections.abc import Sequence

from firecover.layers.provenance import QualityNote
from firecover.outputs.exports.crs import Target
from firecover.outputs.exports.package import Package
from firecover.outputs.exports.sheets import Written

_NAMES = {
    "shp": "Shapefile",
    "geojson": "GeoJSON (RFC 7946)",
    "fgb": "FlatGeobuf",
    "parquet": "GeoParquet",
    "kml": "KML",
}


def readme_text(
    package: Package,
    format_name: str,
    target: Target,
    files: Sequence[Written],
    notes: Sequence[QualityNote],
) -> str:
    """Return the text of ``README.txt``.

    Parameters
    ----------
    package
        What was exported.
    format_name
        The format's name on the command line.
    target
        The CRS or datum; "" for the study's own.
    files
        What was written.
    notes
        What is to be told.
    """
    lines = [package.title, *package.told]
    lines += [package.warning] if package.warning else []
    lines += [
        "",
        f"格式 Format: {_NAMES[format_name]}",
        f"坐标系 CRS: {_crs(target, files)}",
        f"来源 From: {package.path.name}, SHA-256 {package.sha256}",
        "字段说明 Columns: fields.csv；代码说明 Codes: codes.csv",
        "空值表示未知，不是零。An empty value is not known, never zero.",
        "",
        "文件 Files",
    ]
    for each in files:
        lines += ["", f"{each.file} — {each.title}: {each.rows} 条 rows"]
        lines += [f"  {line}" for line in each.layer.told.splitlines()]
    if notes:
        lines += ["", "须知 To be known"]
        lines += [f"- {told(note)}" for note in notes for told in (note_zh, note_en)]
    return "\n".join(lines) + "\n"


def note_en(note: QualityNote) -> str:
    """Return a note in English, with its layer and count."""
    return f"{_of(note)}{f'{note.count} rows: ' if note.count else ''}{note.en}"


def note_zh(note: QualityNote) -> str:
    """Return a note in Chinese, with its layer and count."""
    return f"{_of(note)}{f'{note.count}条' if note.count else ''}{note.zh}"


def _of(note: QualityNote) -> str:
    return f"{note.layer}: " if note.layer else ""


def _crs(target: Target, files: Sequence[Written]) -> str:
    if target.gcj02:
        return f"GCJ-02（{target.crs}）"
    return next((each.crs for each in files if each.crs), "—")
