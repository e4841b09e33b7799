"""What stands on a report's cover and below its maps: the map approval and who must be named."""

from __future__ import annotations

from collections.abc import Iterable

from markupsafe import Markup

from firecover.outputs.report.document_words import word
from firecover.outputs.report.reader import Place, Reader


def approval(reader: Reader) -> Markup:
    """Return the line with the number under which the maps were approved; "" without one."""
    number = reader.text("study", "map_approval")
    return _said(reader, "approval", number=number) if number else Markup("")


def credits_line(reader: Reader) -> Markup:
    """Return who must be named for the data, and where each licence is to be read."""
    named = [_with_address(reader, place) for place in _places(reader)]
    return _said(reader, "credits", names=_joined(reader, named)) if named else Markup("")


def below_map(reader: Reader) -> Markup:
    """Return what stands in small letters below every map."""
    named = _joined(reader, [reader.both(*place) for place in _places(reader)])
    return Markup(word("cover", "apart", reader.lang)).join(  # noqa: S704 - the report's own
        part for part in (approval(reader), named) if part
    )


def _places(reader: Reader) -> list[Place]:
    return [place for place, _ in reader.rows("credits")]


def _with_address(reader: Reader, place: Place) -> Markup:
    address = reader.text(*place, "href")
    name = reader.both(*place)
    return _said(reader, "credit", name=name, address=address) if address else name


def _joined(reader: Reader, parts: Iterable[Markup]) -> Markup:
    return Markup(word("cover", "join", reader.lang)).join(parts)  # noqa: S704 - the report's own


def _said(reader: Reader, key: str, **parts: Markup) -> Markup:
    return Markup(word("cover", key, reader.lang)).format(**parts)  # noqa: S704 - the report's own
