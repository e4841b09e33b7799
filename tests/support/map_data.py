"""Read back what a map page was given: the data in its file, and what is folded into it."""

from __future__ import annotations

import json
import re
from html import unescape
from pathlib import Path
from typing import Any

import numpy as np


def data_of(file: Path) -> dict[str, Any]:
    """Return the data of a page, as its scripts read them."""
    text = file.read_text(encoding="utf-8")
    found = re.search(
        r'<script type="application/json" id="fc-data">(.*?)</script>', text, re.DOTALL
    )
    assert found
    data: dict[str, Any] = json.loads(found[1])
    return data


def layers_of(file: Path, key: str) -> list[dict[str, Any]]:
    """Return the layers of a page that one box of the legend switches."""
    return [layer for layer in data_of(file)["layers"] if layer["key"] == key]


def unpack(code: list[int]) -> np.ndarray:
    """Return the points of a packed line, latitude and longitude in degrees."""
    return np.cumsum(np.array(code).reshape(-1, 2), axis=0) / 1e5


def popup(layer: dict[str, Any], feature: dict[str, Any], lang: int = 1) -> dict[str, str]:
    """Return what a popup tells, by its fields, in Chinese (0) or English (1)."""

    def told(text: Any) -> str:
        return text[lang] if isinstance(text, list) else text

    pairs = zip(layer["fields"], feature["values"], strict=True)
    return {told(field): told(value) for field, value in pairs if value is not None}


def plain(page: str, lang: str = "en") -> str:
    """Return the text of a page in one language, spaces folded."""
    other = {"en": "zh", "zh": "en"}[lang]
    body = page[page.index("<aside") : page.index("</aside>")]
    body = re.sub(rf'<span lang="{other}">[^<]*</span>', "", body)
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", body)))
