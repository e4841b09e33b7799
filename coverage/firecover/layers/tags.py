"""Make sense of the tags of roads: one-way, speed limits, lanes, bridges, Chinese words."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping

from firecover.layers.road_limits import least_of, limit_of

#: Road classes that a fire engine drives on, the OpenStreetMap ``highway`` values.
DRIVABLE = (
    "motorway",
    "motorway_link",
    "trunk",
    "trunk_link",
    "primary",
    "primary_link",
    "secondary",
    "secondary_link",
    "tertiary",
    "tertiary_link",
    "unclassified",
    "road",
    "residential",
    "living_street",
    "busway",
    "service",
    "track",
)

#: ``highway`` values on which no fire engine drives.
NOT_DRIVABLE = frozenset(
    {
        "footway",
        "path",
        "cycleway",
        "steps",
        "pedestrian",
        "construction",
        "proposed",
        "planned",
        "raceway",
        "bridleway",
        "corridor",
        "platform",
        "elevator",
        "escape",
        "rest_area",
        "services",
        "via_ferrata",
        "abandoned",
        "razed",
        "disused",
    }
)

#: Chinese words for road classes. The administrative ranks (国道, 省道, 县道 …) stand for
#: the classes by which OpenStreetMap mappers in China tag them.
ROAD_WORDS: Mapping[str, str] = {
    "高速公路": "motorway",
    "高速": "motorway",
    "国家高速": "motorway",
    "省级高速": "motorway",
    "高速匝道": "motorway_link",
    "匝道": "motorway_link",
    "国道": "trunk",
    "快速路": "trunk",
    "城市快速路": "trunk",
    "省道": "primary",
    "主干路": "primary",
    "主干道": "primary",
    "县道": "secondary",
    "次干路": "secondary",
    "次干道": "secondary",
    "乡道": "tertiary",
    "乡镇道路": "tertiary",
    "支路": "tertiary",
    "村道": "unclassified",
    "专用公路": "unclassified",
    "未分类道路": "road",
    "街道": "residential",
    "城市道路": "residential",
    "城镇道路": "residential",
    "居住区道路": "residential",
    "生活性街道": "living_street",
    "公交专用道": "busway",
    "内部道路": "service",
    "小区道路": "service",
    "机耕道": "track",
    "机耕路": "track",
    "人行道": "footway",
    "步行街": "pedestrian",
    "台阶": "steps",
    "在建": "construction",
    "在建道路": "construction",
    "规划": "proposed",
    "规划道路": "proposed",
    # Extracts of OpenStreetMap as Shapefiles grade their tracks.
    **{f"track_grade{grade}": "track" for grade in range(1, 6)},
}

#: Chinese words for surfaces, and for who may use a road.
SURFACE_WORDS: Mapping[str, str] = {
    "沥青": "asphalt",
    "沥青路面": "asphalt",
    "柏油": "asphalt",
    "水泥": "concrete",
    "水泥路面": "concrete",
    "混凝土": "concrete",
    "硬化": "paved",
    "石板": "paving_stones",
    "条石": "sett",
    "卵石": "cobblestone",
    "泥结石": "compacted",
    "碎石": "gravel",
    "砂石": "gravel",
    "砾石": "gravel",
    "未硬化": "unpaved",
    "土": "dirt",
    "土路": "dirt",
    "草地": "grass",
    "砂": "sand",
    "沙": "sand",
    "泥": "mud",
}
ACCESS_WORDS: Mapping[str, str] = {
    "禁止": "no",
    "禁止通行": "no",
    "封闭": "no",
    "私有": "private",
    "内部": "private",
    "开放": "yes",
    "允许": "yes",
    "消防": "emergency",
}

# Single letters are not read here: F means "forward" in some files and "false" in others.
_ALONG = frozenset({"yes", "true", "1", "1.0", "y", "ft", "是", "单行", "单向"})
_AGAINST = frozenset({"-1", "-1.0", "reverse", "tf", "反向"})
_BOTH = frozenset({"", "no", "false", "0", "0.0", "n", "否", "双行", "双向"})
_NO = frozenset({"", "no", "false", "0", "0.0", "n", "f", "否", "nan", "none"})
_NUMBER = re.compile(r"^\s*(\d+(?:[.,]\d+)?)\s*(km/h|kmh|kph|mph|knots|m|ft|')?\s*$", re.IGNORECASE)
_TO_KMH = {"mph": 1.609344, "knots": 1.852}
_TO_METRES = {"ft": 0.3048, "'": 0.3048}
#: Limits given as words that say something other than a number, and are no mistake.
_UNLIMITED = frozenset({"", "none", "signals", "variable", "unknown"})
WALKING_KMH = 5.0
#: Who may use a way, from the tag that concerns an engine most to the most general.
ENGINE_KEYS = ("emergency", "motor_vehicle", "vehicle")
#: What these keys say of a way that an engine may use. A crew is not kept out by what keeps
#: strangers out; farm and forest traffic is let in because the way bears it.
ENGINE_ALLOWED = (
    "yes",
    "designated",
    "permissive",
    "destination",
    "private",
    "official",
    "permit",
    "customers",
    "delivery",
    "residents",
    "agricultural",
    "forestry",
    "discouraged",
)
#: ``emergency`` names hydrants and call boxes too: only these words of it are about access.
_EMERGENCY_OPEN = frozenset({"yes", "designated", "official", "permissive", "destination"})
#: What ``highway`` says of a node that delays an engine.
NODE_KINDS: Mapping[str, str] = {
    "traffic_signals": "signals",
    "stop": "stop",
    "crossing": "crossing",
}


def oneway_of(value: str, *, junction: str = "", road_class: str = "") -> int | None:
    """Read a one-way tag.

    Parameters
    ----------
    value
        The tag's text, empty when there is none.
    junction, road_class
        A roundabout and a motorway are one-way unless they say otherwise.

    Returns
    -------
    oneway
        1 along the way, -1 against it, 0 both ways, None when the text is not understood.
        ``reversible`` and ``alternating`` count as both ways: an engine gets through.
    """
    text = value.strip().lower()
    if text in _ALONG:
        return 1
    if text in _AGAINST:
        return -1
    if not text and (junction in {"roundabout", "circular"} or road_class == "motorway"):
        return 1
    if text in _BOTH or text in {"reversible", "alternating"}:
        return 0
    return None


def maxspeed_of(value: str) -> tuple[float, bool]:
    """Read a speed limit.

    Returns
    -------
    maxspeed_kmh
        NaN where no number is given (``none``, ``CN:urban``).
    understood
        False when the text is neither a number nor a word that stands for no limit.
    """
    text = value.strip()
    if text.lower() in _UNLIMITED:
        return math.nan, True
    if text.lower() == "walk":
        return WALKING_KMH, True
    # Several limits (by lane, or of merged ways): the lowest binds.
    found = [_number(part, _TO_KMH) for part in re.split(r"[;|]|,\s", text)]
    if found and all(number is not None and number > 0 for number in found):
        return min(number for number in found if number is not None), True
    return math.nan, False


def length_of(value: str) -> float:
    """Read a number, or a length in metres or feet; NaN where it is neither."""
    number = _number(value.split(";", maxsplit=1)[0], _TO_METRES)
    return math.nan if number is None else number


def _number(text: str, factors: Mapping[str, float]) -> float | None:
    match = _NUMBER.match(text)
    if match is None:
        return None
    unit = (match[2] or "").lower()
    return float(match[1].replace(",", ".")) * factors.get(unit, 1.0)


def is_set(value: str) -> bool:
    """Tell whether a tag such as ``bridge`` says anything but no."""
    return value.strip().lower() not in _NO


def access_of(tags: Mapping[str, str]) -> str:
    """Say in one word whether an engine may use a way or pass a barrier.

    The tag that concerns it most decides: ``emergency``, then ``motor_vehicle``, then
    ``vehicle``, then ``access``.

    Returns
    -------
    access
        "emergency" where it is open to emergency vehicles by name; else the word of the tag
        that decides (of several, one that is not ``no``), empty where there is none. Only
        "no" shuts an engine out.
    """
    emergency = tags.get("emergency", "")
    if emergency in _EMERGENCY_OPEN:
        return "emergency"
    if emergency == "no":
        return "no"
    for key in ("motor_vehicle", "vehicle", "access"):
        words = [word.strip() for word in tags.get(key, "").split(";")]
        said = [word for word in words if word]
        if said:
            return next((word for word in said if word != "no"), "no")
    return ""


def point_of(tags: Mapping[str, str]) -> list[dict[str, object]]:
    """Say what of a node delays or stops vehicles: rows of ``Roads.points``, without vertex.

    A ford counts as a barrier. A barrier's plain ``access=yes`` is left aside: on bollards
    it is meant for those on foot.
    """
    found: list[dict[str, object]] = []
    highway, barrier = tags.get("highway", ""), tags.get("barrier", "")
    if highway in NODE_KINDS:
        found.append(_point(NODE_KINDS[highway]))
    if is_set(barrier):
        access = access_of({key: word for key, word in tags.items() if (key, word) != _EVERYBODY})
        maxwidth_m = least_of(tags, "maxwidth", "maxwidth:physical", read=limit_of)[0]
        locked = tags.get("locked", "") == "yes"
        found.append(_point("barrier", barrier, maxwidth_m, access, locked=locked))
    if highway == "ford" or is_set(tags.get("ford", "")):
        found.append(_point("barrier", "ford"))
    return found


_EVERYBODY = ("access", "yes")


def _point(
    kind: str,
    barrier: str = "",
    maxwidth_m: float = math.nan,
    access: str = "",
    *,
    locked: bool = False,
) -> dict[str, object]:
    return {
        "kind": kind,
        "barrier": barrier,
        "maxwidth_m": maxwidth_m,
        "access": access,
        "locked": locked,
    }


def closed_to_engines(tags: Mapping[str, str]) -> bool:
    """Tell whether a way is shut to every engine, so that it is not read at all.

    ``access=private`` stays open: a crew opens the gate. ``access=no`` shuts a way unless
    ``emergency`` or a tag for motor vehicles says that it is open to them.
    """
    if tags.get("access") != "no":
        return False
    words = (word for key in ENGINE_KEYS for word in tags.get(key, "").split(";"))
    return not any(word.strip() in ENGINE_ALLOWED for word in words)
