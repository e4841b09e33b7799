"""Write layers as GeoParquet, and tables as Parquet."""

from __future__ import annotations

import json
from collections.abc import Iterable
from importlib import import_module
from pathlib import Path
from types import ModuleType

import geopandas as gpd

from firecover.errors import OutputError
from firecover.outputs.exports.sheets import Done, Sheet, written
from firecover.outputs.i18n import column_heading

#: The key of the file's metadata under which a reader finds what the layer is.
KEY = b"firecover"
_VERSION = "1.1.0"


def _pyarrow() -> ModuleType:
    try:
        return import_module("pyarrow.parquet")
    except ImportError as error:
        msg = "GeoParquet needs the package pyarrow → pip install 'firecover[parquet]'"
        raise OutputError(msg) from error


def write_parquet(sheets: Iterable[Sheet], folder: Path) -> Done:
    """Write GeoParquet 1.1 with boxes for filtering; the words for columns in the metadata.

    Raises
    ------
    OutputError
        If pyarrow is not installed, or a file cannot be written.
    """
    parquet = _pyarrow()
    files = []
    for sheet in sheets:
        path = folder / f"{sheet.name}.parquet"
        try:
            _write(sheet, path, parquet)
        except OSError as error:
            msg = f"{path.name} cannot be written: {error}"
            raise OutputError(msg) from error
        files.append(written(path.name, sheet))
    return Done(tuple(files))


def _write(sheet: Sheet, path: Path, parquet: ModuleType) -> None:
    if isinstance(sheet.data, gpd.GeoDataFrame):
        sheet.data.to_parquet(
            path,
            index=False,
            compression="zstd",
            schema_version=_VERSION,
            write_covering_bbox=True,
        )
    else:
        sheet.data.to_parquet(path, index=False, compression="zstd", engine="pyarrow")
    table = sheet.layer.name
    told = {
        "title": sheet.title,
        "description": sheet.description,
        "columns": {
            name: [column_heading(name, "zh", table), column_heading(name, "en", table)]
            for name in sheet.columns
        },
    }
    # Neither geopandas nor pandas writes metadata of one's own: the file is written again.
    rows = parquet.read_table(path)
    whole = {**(rows.schema.metadata or {}), KEY: json.dumps(told, ensure_ascii=False).encode()}
    parquet.write_table(rows.replace_schema_metadata(whole), path, compression="zstd")
