"""Turn a page that loads its parts from the web into one file that needs no network.

folium writes links to content delivery networks, several of which do not answer in mainland
China or in an office without internet. folium-offline carries the text behind every one of
these links; here it serves as a store of assets, and the links are replaced by their text.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping
from html.parser import HTMLParser
from typing import Any

import folium
from offlinefolium import elements

from firecover.errors import OutputError

_SCRIPT = re.compile(r'<script\s+src="(?P<url>[^"]*)"\s*>\s*</script\s*>')
_LINK = re.compile(r'<link\s+rel="stylesheet"\s+href="(?P<url>[^"]*)"\s*/?>')
_STYLE_URL = re.compile(
    r"""(?:@import\s*|url\(\s*)['"]?\s*(?P<url>(?:https?:)?//[^'")\s]*)""", re.IGNORECASE
)
_SOURCE_MAP = re.compile(r"(?m)^//# sourceMappingURL=.*$\n?")

#: What folium asks for beside Leaflet (jQuery, Bootstrap, icon fonts); the pages use none.
UNUSED_ASSETS: frozenset[str] = frozenset(
    url
    for name, url in (*folium.Map.default_js, *folium.Map.default_css)
    if name not in ("leaflet", "leaflet_css")
)

#: Attributes that make a browser fetch something, by element.
_FETCHING = {
    "audio": ("src",),
    "embed": ("src",),
    "iframe": ("src",),
    "image": ("href", "xlink:href"),
    "img": ("src", "srcset"),
    "input": ("src",),
    "link": ("href",),
    "object": ("data",),
    "script": ("src",),
    "source": ("src", "srcset"),
    "track": ("src",),
    "use": ("href", "xlink:href"),
    "video": ("src", "poster"),
}


def inline_assets(html: str, unused: Collection[str] = UNUSED_ASSETS) -> str:
    """Replace each linked script and style sheet by its text.

    Parameters
    ----------
    html
        The page, as folium renders it.
    unused
        Addresses whose link is dropped, because the page does without.

    Returns
    -------
    html
        The page in one piece.

    Raises
    ------
    OutputError
        If the text behind a link is not at hand, or the page would still fetch anything.
        There is no falling back to the web: such a page would look right here and be blank
        in the office it is meant for.
    """

    def script(match: re.Match[str]) -> str:
        url = match["url"]
        return "" if url in unused else f"<script>{script_text(_asset(url))}</script>"

    def style(match: re.Match[str]) -> str:
        url = match["url"]
        return "" if url in unused else f"<style>{style_text(_asset(url))}</style>"

    whole = _LINK.sub(style, _SCRIPT.sub(script, html))
    left = outside_sources(whole)
    if left:
        msg = f"the page would still load {', '.join(left)}; only inlined assets may be used"
        raise OutputError(msg)
    return whole


def _asset(url: str) -> str:
    # The store is private to folium-offline: both versions are pinned together.
    store: Mapping[str, str] = elements._res  # noqa: SLF001
    if url not in store:
        msg = (
            f"no offline copy of {url} is at hand → install the versions of folium and "
            "folium-offline that pyproject.toml names"
        )
        raise OutputError(msg)
    return _SOURCE_MAP.sub("", store[url])


def script_text(code: str) -> str:
    """Return JavaScript so that it cannot end, or comment out, its own ``<script>``.

    Inside strings and regular expressions, where alone these can stand, the backslash
    changes nothing.
    """
    return re.sub(r"<(?=/script|!--)", r"<\\", code, flags=re.IGNORECASE)


def style_text(sheet: str) -> str:
    """Return CSS so that it cannot end its own ``<style>``."""
    return re.sub(r"<(?=/style)", r"<\\", sheet, flags=re.IGNORECASE)


def json_text(data: Any) -> str:
    r"""Return data as JSON that is safe inside ``<script type="application/json">``.

    ``<``, ``>``, ``&`` and the two line ends that only JavaScript knows become ``\u`` escapes,
    so that no name in the data can be read as markup.

    Raises
    ------
    OutputError
        If a number is NaN or infinite: JSON has no word for it, and the page would not open.
    """
    try:
        text = json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    except ValueError as error:
        msg = f"a figure of the map is not a number: {error}"
        raise OutputError(msg) from error
    for sign in "<>&\u2028\u2029":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return text


def outside_sources(html: str) -> list[str]:
    """Name what a browser would fetch from elsewhere on opening a page.

    Plain links (``<a href>``) are no loads and are not named; data URIs and references
    within the page are part of it.
    """
    reader = _SourceReader()
    reader.feed(html)
    reader.close()
    return reader.found


class _SourceReader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []
        self._in_style = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._in_style = tag == "style"
        for name, value in attrs:
            text = (value or "").strip()
            if name in _FETCHING.get(tag, ()) and not text.startswith(("data:", "#")):
                self.found.append(text)
            if name == "style":
                self._read_style(text)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        if tag == "style":
            self._in_style = False

    def handle_data(self, data: str) -> None:
        if self._in_style:
            self._read_style(data)

    def _read_style(self, sheet: str) -> None:
        self.found.extend(match["url"] for match in _STYLE_URL.finditer(sheet))
