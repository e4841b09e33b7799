"""The numbers of the report's chapters and sections, as each language writes them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from markupsafe import Markup

from firecover.outputs.i18n import Language
from firecover.outputs.report.model import Section
from firecover.outputs.report.reader import Reader

_CHINESE = "一二三四五六七八九"
_TEN = 10
_ROMAN = ((10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I"))
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def chinese_number(number: int) -> str:
    """Return a number from 1 to 99 in Chinese: 一, 十, 十一, 二十."""
    tens, ones = divmod(number, _TEN)
    ten = "" if tens == 0 else "十" if tens == 1 else f"{_CHINESE[tens - 1]}十"
    return ten + (_CHINESE[ones - 1] if ones else "")


def roman_number(number: int) -> str:
    """Return a number from 1 to 39 as I, II, III, IV and so on."""
    told = ""
    for value, sign in _ROMAN:
        told += sign * (number // value)
        number %= value
    return told


def letter(number: int) -> str:
    """Return a number as A to Z, AA, AB and so on."""
    before, at = divmod(number - 1, len(_LETTERS))
    return (letter(before) if before else "") + _LETTERS[at]


def headed(reader: Reader, sections: Iterable[Section]) -> Iterator[Section]:
    """Put the numbers before the titles of chapters and of the sections in each.

    A section whose style holds ``unnumbered`` keeps its title as it is.
    """
    chapter = within = 0
    for section in sections:
        if "unnumbered" in section.style.split():
            style = section.style.replace("unnumbered", "").strip()
            yield replace(section, style=style)
        elif section.level == 1:
            chapter, within = chapter + 1, 0
            yield _titled(reader, section, "chapter", chapter)
        else:
            within += 1
            yield _titled(reader, section, "section", within)


def _titled(reader: Reader, section: Section, kind: str, number: int) -> Section:
    told = Markup(_written(reader.lang, kind, number))  # noqa: S704 - numerals
    return replace(section, title=reader.say("heading", kind, number=told, title=section.title))


def _written(lang: Language, kind: str, number: int) -> str:
    if lang == "zh":
        return chinese_number(number)
    return roman_number(number) if kind == "chapter" else letter(number)
