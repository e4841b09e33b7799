"""Names of at most ten characters for the columns of a DBF table.

The same columns always get the same names. A name that fits is kept; of a longer one, inner
vowels go first, then ends, always from its longest word. Units and numbers are kept as long as
anything else is left: ``km2`` cut to ``km`` would be a lie. Where two names would be the same,
the later column's ends in a number.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

LENGTH = 10
_STRANGE = re.compile(r"[^a-z0-9_]+")
_KEPT = re.compile(r".*[0-9].*|s|min|m|km|kmh")
_INNER_VOWEL = re.compile(r"(?<=.)[aeiou](?!.*(?<=.)[aeiou])")


def short_names(columns: Sequence[str]) -> dict[str, str]:
    """Return a short name for each column, none of them twice.

    Parameters
    ----------
    columns
        The columns of one table, in their order.
    """
    wanted = {column: _plain(column) for column in columns}
    names = {column: name for column, name in wanted.items() if len(name) <= LENGTH}
    taken: set[str] = set()
    given: dict[str, str] = {}
    # Names that fit as they are come first, then those that fit in plain letters: no other may
    # take one of them.
    for column in sorted(columns, key=lambda each: (names.get(each) != each, each not in names)):
        name = names.get(column) or _abbreviated(wanted[column])
        given[column] = _unlike(name, taken)
        taken.add(given[column])
    return {column: given[column] for column in columns}


def _plain(column: str) -> str:
    """Return a name in the letters that every program reads in a DBF's head."""
    name = _STRANGE.sub("_", column.lower()).strip("_")
    if not name:
        return "field"
    return name if name[0].isalpha() else f"f_{name}"


def _abbreviated(name: str) -> str:
    words = [word for word in name.split("_") if word]
    joint = "_"
    while len(joint.join(words)) > LENGTH:
        free = [i for i, word in enumerate(words) if len(word) > 1 and not _KEPT.fullmatch(word)]
        if free:
            longest = max(free, key=lambda i: len(words[i]))
            word = words[longest]
            fewer = _INNER_VOWEL.sub("", word)
            words[longest] = fewer if fewer != word else word[:-1]
        elif joint:
            joint = ""
        else:
            return "".join(words)[:LENGTH]
    return joint.join(words)


def _unlike(name: str, taken: set[str]) -> str:
    unlike, number = name, 1
    while unlike in taken:
        number += 1
        unlike = f"{name[: LENGTH - len(str(number))]}{number}"
    return unlike
