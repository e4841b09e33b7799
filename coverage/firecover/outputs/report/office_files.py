"""Put documents and workbooks on disk so that the same content makes the same bytes."""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import Path

from markupsafe import escape

from firecover.errors import OutputError

_EPOCH = (1980, 1, 1, 0, 0, 0)
_CORE = "docProps/core.xml"
_CORE_XML = (
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
    '<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/'
    'core-properties" xmlns:dc="http://purl.org/dc/elements/1.1/">'
    "<dc:title>{title}</dc:title><dc:creator>firecover</dc:creator>"
    "<dc:language>{language}</dc:language></cp:coreProperties>"
)
#: What XML 1.0 cannot hold.
_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def as_xml_text(text: str) -> str:
    """Return a text with a sign of replacement where XML has none of its signs."""
    return _NO_XML.sub("\ufffd", text)


def write_packed(content: bytes, path: Path, title: str, language: str) -> None:
    """Write a package of Office Open XML without its times.

    Libraries stamp the moment of writing on each part of the package and into its core
    properties; parts keep their order here and get one date, the properties only a title.

    Parameters
    ----------
    content
        The package, as a library made it.
    path
        The file to write.
    title
        The title among the core properties.
    language
        The language of the content, ``zh-CN`` or ``en-GB``.

    Raises
    ------
    OutputError
        If the file cannot be written.
    """
    core = _CORE_XML.format(title=escape(as_xml_text(title)), language=language)
    stream = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as made,
        zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as packed,
    ):
        for part in made.infolist():
            data = core.encode() if part.filename == _CORE else made.read(part)
            entry = zipfile.ZipInfo(part.filename, _EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            packed.writestr(entry, data)
    try:
        path.write_bytes(stream.getvalue())
    except OSError as error:
        msg = f"{path} cannot be written: {error.strerror} → close the programs that have it open"
        raise OutputError(msg) from error
