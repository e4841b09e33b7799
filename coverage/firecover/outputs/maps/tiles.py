"""Online backgrounds that a reader may tick: where their tiles are, and who is named."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from firecover.errors import OutputError
from firecover.outputs.maps.text import Pair, say
from firecover.study_maps import TilesTable

_OSM_URL = "https://tile.openstreetmap.org/{z}/{x}/{y}.png"
_OSM_CREDIT: Pair = ("© OpenStreetMap 贡献者", "© OpenStreetMap contributors")
_OSM_HREF = "https://www.openstreetmap.org/copyright"
#: Tianditu's tiles in Web Mercator, on CGCS2000, as its console describes the service
#: (http://lbs.tianditu.gov.cn/server/MapService.html): a map, and the names that lie on it.
_TIANDITU_URL = (
    "https://t{{s}}.tianditu.gov.cn/{layer}_w/wmts?SERVICE=WMTS&REQUEST=GetTile&VERSION=1.0.0"
    "&LAYER={layer}&STYLE=default&TILEMATRIXSET=w&FORMAT=tiles"
    "&TILEMATRIX={{z}}&TILEROW={{y}}&TILECOL={{x}}&tk={key}"
)
_TIANDITU_NAMES = {"vec": "cva", "img": "cia", "ter": "cta"}
_TIANDITU_SERVERS = "01234567"
_TIANDITU_CREDIT: Pair = ("© 天地图", "© Tianditu")
_TIANDITU_HREF = "https://www.tianditu.gov.cn/"
#: Of a web address, what may stand in a page's policy.
_HOST = re.compile(r"[A-Za-z0-9.-]+(:\d+)?")


@dataclass(frozen=True)
class TileSet:
    """A background from the web.

    Attributes
    ----------
    name
        What it is called in the legend.
    urls
        Of the tiles, in Leaflet's words, the lowest first.
    servers
        What ``{s}`` of the addresses stands for, a sign each.
    max_zoom
        The finest zoom there are tiles for.
    credit, href
        Who is named while it shows, and where to read more.
    site_only
        Whether it refuses a page that was opened from a disk, which names no referrer: it
        would send pictures that say so instead of a map.
    """

    name: Pair
    urls: tuple[str, ...]
    servers: str
    max_zoom: int
    credit: Pair
    href: str = ""
    site_only: bool = False

    def as_data(self) -> dict[str, Any]:
        """Return it as ``map_4_ground.js`` reads it."""
        return {
            "urls": list(self.urls),
            "servers": self.servers,
            "max_zoom": self.max_zoom,
            "credit": {"text": self.credit, "href": self.href},
            "site_only": self.site_only,
        }

    def hosts(self) -> list[str]:
        """Return the origins that its tiles come from, as a content security policy has them.

        Raises
        ------
        OutputError
            If an address names a host that cannot be put into a policy.
        """
        found = []
        for url in self.urls:
            parts = urlsplit(url)
            for server in self.servers if "{s}" in parts.netloc else "-":
                host = parts.netloc.rpartition("@")[2].replace("{s}", server)
                if not _HOST.fullmatch(host):
                    msg = f"the tiles' address {url} names no plain host → give [maps] tiles one"
                    raise OutputError(msg)
                found.append(f"{parts.scheme}://{host}")
        return list(dict.fromkeys(found))


def tile_sets(tables: Iterable[TilesTable]) -> tuple[TileSet, ...]:
    """Return the online backgrounds of a study, in its order."""
    return tuple(_tile_set(table) for table in tables)


def _tile_set(table: TilesTable) -> TileSet:
    own = (table.title.zh, table.title.en) if table.title else None
    given = (table.attribution, table.attribution) if table.attribution else None
    if table.kind == "tianditu":
        layers = (table.layer, _TIANDITU_NAMES[table.layer])
        return TileSet(
            own or say(f"tiles.{table.kind}_{table.layer}"),
            tuple(_TIANDITU_URL.format(layer=layer, key=table.key) for layer in layers),
            _TIANDITU_SERVERS,
            table.max_zoom,
            given or _TIANDITU_CREDIT,
            _TIANDITU_HREF,
        )
    if table.kind == "osm":
        name = own or say("tiles.osm")
        credit = given or _OSM_CREDIT
        # https://wiki.openstreetmap.org/wiki/Referer
        return TileSet(name, (_OSM_URL,), "", table.max_zoom, credit, _OSM_HREF, site_only=True)
    host = urlsplit(table.url).hostname or ""
    # Leaflet's own servers where the address asks for one and does not say which.
    return TileSet(own or (host, host), (table.url,), "abc", table.max_zoom, given or ("", ""))
