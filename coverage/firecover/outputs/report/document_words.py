"""The words that only the document and the workbook have."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any

from firecover.outputs.i18n import Language


@cache
def document_words() -> Mapping[str, Any]:
    """Return the words, by table and key, in both languages."""
    text = resources.files("firecover.outputs.i18n").joinpath("documents.toml").read_text("utf-8")
    return tomllib.loads(text)


def word(table: str, key: str, lang: Language) -> str:
    """Return one of these words."""
    return str(document_words()[table][key][lang])
