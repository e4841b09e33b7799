"""The page of the candidate sites: ranks, how sure they are, and what the models choose."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from firecover.outputs.i18n import value_label
from firecover.outputs.maps.answers import (
    allocation_layers,
    allocation_legend,
    answer_figures,
    answer_focus,
    answer_names,
    best_answers,
    told_of_choices,
)
from firecover.outputs.maps.geometry import pack_point
from firecover.outputs.maps.layers import (
    LABELS,
    MARKERS_ORDER,
    POINTS_ORDER,
    Shared,
    built_up_layers,
    built_up_legend,
    drawn,
    names_legend,
    rows,
    township_names,
    township_search,
)
from firecover.outputs.maps.parts import (
    Count,
    Entry,
    Feature,
    Layer,
    Legend,
    MapPage,
    Own,
    Row,
    Style,
    Table,
)
from firecover.outputs.maps.sentences import sentence
from firecover.outputs.maps.stations import station_layers, station_legend
from firecover.outputs.maps.text import (
    LANGUAGES,
    Pair,
    Text,
    amount,
    join,
    known,
    number,
    own_name,
    percent,
    say,
    short_name,
    value_name,
)

_BEST = 5
#: The styles of :func:`_site_styles`.
_LEADS, _FOLLOWS, _CHOSEN, _FADED = range(4)
_CRITERIA = (
    ("population", "population_gain", "people"),
    ("built_up", "built_up_gain_km2", "km2"),
    ("villages", "villages_gain", "villages"),
    ("relief", "area_gain_km2", "km2"),
    ("worst", "worst_s", "minutes"),
    ("overlap", "overlap_share", "share"),
    ("hydrants", "hydrants", "count"),
    ("cost", "cost_10k_cny", "cost"),
)
#: What another choice of sites would have allowed; all else rules a place out for good.
_BY_COMPARISON = frozenset({"near_station", "near_candidate", "near_better", "beyond_most"})
_OUT: Sequence[Style] = ({"symbol": "fc-out", "size": 11}, {"symbol": "fc-out-other", "size": 10})


def candidates_page(shared: Shared) -> MapPage:
    """Return the page of the candidate sites by rank, and by what each model chooses."""
    sites = sorted(drawn(rows(shared.results.candidates)), key=_site_order)
    answers = best_answers(shared)
    layers = [
        *built_up_layers(shared, by_scenario=False),
        *allocation_layers(shared, answers),
        township_search(shared),
        _excluded(shared),
        township_names(shared),
        *station_layers(shared, by_scenario=False),
        _site_layer(shared, sites, [row["chosen"] for _, row in answers]),
    ]
    last = len(sites) - 1
    lines = [
        Row(_site_cells(row), f"{len(layers) - 1} {last - i}", _both(own_name(row)))
        for i, row in enumerate(sites)
    ]
    tied = sum(bool(row["tied"]) for row in sites)
    return MapPage(
        file="candidates.html",
        title=say("candidates.title"),
        lead=say("candidates.lead"),
        layers=layers,
        legends=[
            _site_legend(sites, with_answers=bool(answers)),
            *allocation_legend(shared),
            *_excluded_legend(shared),
            station_legend(shared, by_scenario=False),
            built_up_legend(shared),
            names_legend(),
        ],
        figures=[*told_of_choices(shared), *answer_figures(shared, answers)],
        table_first=True,
        tables=[Table(say("candidates.table"), _site_columns(), lines, text_columns=(1,))],
        told=[*([say("candidates.ties", n=tied)] if tied else []), *_how_sure(shared, sites)],
        by_scenario=False,
        variants=[say("candidates.all_ranked"), *answer_names(answers)] if answers else (),
        variant_ids=["ranks", *(str(row["id"]) for _, row in answers)] if answers else (),
        variant_groups=[say("candidates.rank"), *[say("candidates.answers")] * len(answers)],
        variant_name=say("candidates.variant"),
        own=Own(data={"focuses": [None, *answer_focus(shared, answers)]}),
    )


def _both(name: Text) -> Pair:
    return name if isinstance(name, tuple) else (name, name)


def _how_sure(shared: Shared, sites: list[dict[str, Any]]) -> list[Pair]:
    """Tell whether the first can be told from the others; nothing where nothing was drawn."""
    figures = shared.results.ranking_figures
    if figures.get("separable") is None:
        return []
    if figures["separable"]:
        share = f"{float(figures['sure_share'] or 0):.0%}"
        return [say("candidates.separable", p=share)]
    group = str(figures["not_separable"]).split("、")
    names = [short_name(own_name(row)) for row in sites if row["id"] in group]
    return [say("candidates.not_separable", sites=join(names, ("、", ", ")))]


# ------------------------------------------------------------------------------- sites


def _site_order(row: dict[str, Any]) -> tuple[float, str]:
    rank = known(row["rank"])
    return (float("inf") if rank is None else rank, str(row["id"]))


def _site_styles() -> list[Style]:
    """Return the leading sites and the others; those of the answer shown and all but those."""
    return [
        {"symbol": "fc-rank", "size": 30, "above": 1000},
        {"symbol": "fc-rank-low", "size": 24, "above": 600},
        {"symbol": "fc-chosen", "size": 34, "above": 2000},
        {"symbol": "fc-rank-low", "size": 18, "above": 100, "opacity": 0.4},
    ]


def _site_layer(
    shared: Shared, sites: list[dict[str, Any]], chosen: Sequence[Sequence[str]]
) -> Layer:
    names = {str(row["id"]): own_name(row) for row in sites}
    notes = _notes(shared)
    shares: dict[str, dict[int, float]] = defaultdict(dict)
    for row in shared.told["ranking"]["acceptability"]:
        shares[str(row["id"])][int(row["rank"])] = known(row["p"]) or 0.0
    return Layer(
        "candidates",
        "markers",
        # The best is drawn last, and so lies on top.
        [
            _site(
                {**row, "note": notes.get(str(row["id"]))},
                shared.crs,
                chosen,
                names,
                _bars(shares[str(row["id"])]),
            )
            for row in reversed(sites)
        ],
        _site_styles(),
        MARKERS_ORDER + 5,
        kind=say("candidates.kind"),
        fields=_site_fields(),
        search=True,
        label=LABELS["candidate"],
        bars_name=say("candidates.bars"),
    )


def _notes(shared: Shared) -> dict[str, Pair | None]:
    """Return the notes of the candidates, each language its own where both are given."""

    def told(place: int) -> Pair | None:
        return sentence(shared, lambda reader: reader.told("ranking", "candidates", place, "note"))

    return {str(row["id"]): told(i) for i, row in enumerate(shared.told["ranking"]["candidates"])}


def _bars(shares: Mapping[int, float]) -> list[tuple[str, float]]:
    """Return the share of each rank from the first to the last that the site ever has."""
    seen = [rank for rank, share in shares.items() if share > 0]
    if not seen:
        return []
    return [(str(rank), shares.get(rank, 0.0)) for rank in range(min(seen), max(seen) + 1)]


def _site_fields() -> list[Pair]:
    return [
        say("candidates.rank"),
        say("candidates.interval"),
        say("candidates.p_first"),
        say("candidates.score"),
        *(say(f"candidates.{name}") for name, _, _ in _CRITERIA),
        say("candidates.dominated"),
        say("stations.class"),
        say("stations.vehicle"),
        say("candidates.origin"),
        say("candidates.suitability"),
        say("stations.access"),
        say("stations.note"),
    ]


def _leads(row: dict[str, Any]) -> bool:
    rank = known(row["rank"])
    return rank is not None and rank <= _BEST


def _rank(row: dict[str, Any]) -> Text:
    rank = known(row["rank"])
    if rank is None:
        return say("candidates.unranked")
    return say("candidates.tied" if row["tied"] else "candidates.untied", n=rank)


def _interval(row: dict[str, Any]) -> Text | None:
    low, high = known(row["rank_p05"]), known(row["rank_p95"])
    if low is None or high is None:
        return None
    return say("candidates.between", low=low, high=high)


def _score(row: dict[str, Any]) -> Text | None:
    score, other = known(row["score"]), known(row["rank_topsis"])
    if score is None or other is None:
        return None
    return say("candidates.score_told", score=number(score, 3), n=other)


def _criterion(row: dict[str, Any], column: str, unit: str) -> Text | None:
    """Return what a site has in a criterion; a cost that is not given is left out."""
    value = known(row[column])
    if value is None and column in ("cost_10k_cny", "overlap_share"):
        return None
    return amount(value, unit)


def _site(
    row: dict[str, Any],
    crs: str,
    chosen: Sequence[Sequence[str]],
    names: Mapping[str, Text],
    bars: Sequence[tuple[str, float]],
) -> Feature:
    rank, first, fit = (known(row[name]) for name in ("rank", "p_first", "suitability"))
    other = str(row["dominated_by"] or "")
    values: list[Text | None] = [
        _rank(row),
        _interval(row),
        None if first is None else percent(first),
        _score(row),
        *(_criterion(row, column, unit) for _, column, unit in _CRITERIA),
        names.get(other, other) if other else None,
        value_name("station_class", row["station_class"]),
        value_name("vehicle", row["vehicle"]),
        value_name("origin", row["origin"]) if row["origin"] else None,
        None if fit is None else say("candidates.of_one", n=number(fit, 2)),
        amount(row["access_m"], "metres"),
        row["note"],
    ]
    usual = _LEADS if _leads(row) else _FOLLOWS
    looks = [usual, *(_look(str(row["id"]), ids, usual) for ids in chosen)]
    badge = "" if rank is None else f"{rank:g}"
    name, place = own_name(row), pack_point(row["geometry"], crs)
    return Feature(place, name, looks, values, badge, label=short_name(name), bars=bars)


def _look(site: str, chosen: Sequence[str], usual: int) -> int:
    """Return a site's style in an answer; one that chooses nothing says nothing of any site."""
    if not chosen:
        return usual
    return _CHOSEN if site in chosen else _FADED


def _site_legend(sites: list[dict[str, Any]], *, with_answers: bool) -> Legend:
    looks = _site_styles()
    best = sum(_leads(row) for row in sites)
    entries = [
        Entry(label, looks[look], "marker", counts=[Count(number(count))])
        for label, look, count in (
            (say("candidates.best"), _LEADS, best),
            (say("candidates.others"), _FOLLOWS, len(sites) - best),
        )
    ]
    if with_answers:
        entries.append(Entry(say("candidates.chosen"), looks[_CHOSEN], "marker"))
    return Legend("candidates", say("candidates.sites"), entries, note=say("candidates.tie_note"))


def _site_columns() -> list[Text]:
    return [
        say("candidates.rank"),
        say("candidates.kind"),
        say("candidates.people_short"),
        say("candidates.km2_short"),
        say("candidates.villages_short"),
        say("candidates.p_first_short"),
    ]


def _site_cells(row: dict[str, Any]) -> list[Text]:
    rank = known(row["rank"])
    place: Text = "–" if rank is None else f"{rank:g}"
    if rank is not None and row["tied"]:
        place = say("candidates.tied_short", n=rank)
    first = known(row["p_first"])
    gains = [
        (known(row["population_gain"]), 0),
        (known(row["built_up_gain_km2"]), 2),
        (known(row["villages_gain"]), 0),
        (None if first is None else first * 100, 0),
    ]
    shown = ["–" if gain is None else number(gain, decimals) for gain, decimals in gains]
    return [place, short_name(own_name(row)), *shown]


# ---------------------------------------------------------------------------- excluded


def _reason(code: str) -> Pair:
    zh, en = (value_label("reason", code, language, "excluded_sites") for language in LANGUAGES)
    return zh, en


def _excluded(shared: Shared) -> Layer:
    """Return the places that were looked at and ruled out, with all their reasons."""
    features = []
    for row in drawn(rows(shared.results.excluded_sites)):
        reasons = [_reason(code) for code in str(row["reasons"]).split("、")]
        values: list[Text | None] = [
            join(reasons, ("、", "; ")),
            str(row["road"]) if row["road"] else None,
        ]
        style = 1 if row["reason"] in _BY_COMPARISON else 0
        name = say("candidates.excluded_name", id=str(row["id"]))
        features.append(Feature(pack_point(row["geometry"], shared.crs), name, style, values))
    return Layer(
        "excluded",
        "markers",
        features,
        _OUT,
        POINTS_ORDER,
        kind=say("candidates.excluded_kind"),
        fields=[say("candidates.reasons"), say("candidates.road")],
    )


def _excluded_legend(shared: Shared) -> list[Legend]:
    """Return the legend of the places ruled out, by their first reason; none where none are."""
    tally = Counter(str(row["reason"]) for row in drawn(rows(shared.results.excluded_sites)))
    if not tally:
        return []
    entries = [
        Entry(
            _reason(code),
            _OUT[1 if code in _BY_COMPARISON else 0],
            "marker",
            counts=[Count(number(count))],
        )
        for code, count in sorted(tally.items(), key=lambda it: (it[0] in _BY_COMPARISON, -it[1]))
    ]
    note = say("candidates.excluded_note")
    return [Legend("excluded", say("candidates.excluded"), entries, shown=False, note=note)]
