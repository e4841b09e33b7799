"""What a study says of its maps: online backgrounds that a reader may switch on."""

from __future__ import annotations

import re
from typing import Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, model_validator

from firecover.study_tables import Datum, Table, TitleField

#: Map services whose tiles are drawn in GCJ-02 or BD-09, whatever a study says of them.
_SHIFTED_HOSTS = ("amap.com", "autonavi.com", "google.cn", "gtimg.com", "bdimg.com", "baidu.com")
_PLACES = ("{z}", "{x}", "{y}")
#: ``{s}`` stands for one of several servers.
_KNOWN_PLACES = (*_PLACES, "{s}")
#: Of a web address, what names a plain host.
_HOST = re.compile(r"[A-Za-z0-9.-]+(:\d+)?")


class TilesTable(Table):
    """An online background: off until it is ticked, and never needed.

    ``kind`` is ``tianditu`` (needs the user's ``key``; ``layer`` is its map: ``vec``, ``img``
    or ``ter``), ``osm``, or ``xyz`` with its own ``url``. Tiles in GCJ-02 or BD-09 lie some
    hundred metres off everything else and are refused.
    """

    kind: Literal["tianditu", "osm", "xyz"]
    title: TitleField | None = None
    key: str = ""
    layer: Literal["vec", "img", "ter"] = "vec"
    url: str = ""
    attribution: str = ""
    datum: Datum = "wgs84"
    max_zoom: int = Field(default=18, ge=1, le=22)

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.kind == "tianditu" and not self.key.isalnum():
            msg = "Tianditu's tiles need your `key`: letters and digits, from its console"
            raise ValueError(msg)
        if self.kind == "xyz":
            self._check_url()
        elif self.url:
            msg = '`url` goes with kind = "xyz"'
            raise ValueError(msg)
        if self.datum in ("gcj02", "bd09"):
            msg = (
                f"tiles in {self.datum} would lie hundreds of metres off the layers; "
                "take a service in WGS-84 or CGCS2000, such as Tianditu"
            )
            raise ValueError(msg)
        return self

    def _check_url(self) -> None:
        parts = urlsplit(self.url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            msg = "`url` of the tiles starts with https:// or http:// and names a host"
            raise ValueError(msg)
        missing = [place for place in _PLACES if place not in self.url]
        if missing:
            msg = f"`url` of the tiles lacks {', '.join(missing)}"
            raise ValueError(msg)
        odd = sorted(set(re.findall(r"\{[^}]*\}", self.url)) - set(_KNOWN_PLACES))
        if odd:
            msg = f"`url` of the tiles has {', '.join(odd)}; known are {', '.join(_KNOWN_PLACES)}"
            raise ValueError(msg)
        if not _HOST.fullmatch(parts.netloc.replace("{s}", "a")):
            msg = f"`url` of the tiles names no plain host: {parts.netloc!r}"
            raise ValueError(msg)
        host = parts.hostname
        if any(host == name or host.endswith(f".{name}") for name in _SHIFTED_HOSTS):
            msg = f"the tiles of {host} are in a shifted datum and would not match the layers"
            raise ValueError(msg)
        if not self.attribution:
            msg = "`attribution` is missing: who must be named on the map beside these tiles"
            raise ValueError(msg)


class MapsTable(Table):
    """The HTML maps: ``hillshade`` under the own background, ``tiles`` from the web."""

    hillshade: bool = True
    tiles: tuple[TilesTable, ...] = ()
