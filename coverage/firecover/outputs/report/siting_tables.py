"""The tables on where the next stations go: criteria, scores, answers and their alternatives."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from markupsafe import Markup

from firecover.outputs.i18n import column_label, value_label
from firecover.outputs.report.certainty import interval
from firecover.outputs.report.model import Cell, Table
from firecover.outputs.report.reader import Place, Reader
from firecover.outputs.report.sites import FIGURES, Body, Row, Sites, is_answer
from firecover.outputs.report.tables import head
from firecover.siting.normalise import MORE_IS_BETTER

#: Candidates, and choices that none beats, told in the chapter; the annex has all of them.
MOST_SITES, MOST_CHOICES = 10, 12
#: What an objective's unit is shown as.
OBJECTIVE_STYLES = {
    "share": "fine_share",
    "stations": "count",
    "s": "min",
    "km2": "km2",
    "cny_10k": "plain",
}
#: A bound on a number of stations may lie between two.
BOUND_STYLES = {**OBJECTIVE_STYLES, "stations": "plain"}


def _table(reader: Reader, name: str, rows: Sequence[Sequence[Cell | Markup]], align: str) -> Table:
    caption = reader.say("table", name, "caption")
    return Table(caption, head(reader, name), rows, align, style=f"long {name.replace('_', '-')}")


def _rank(reader: Reader, row: Row) -> Markup:
    place, values = row
    rank = reader.show("count", *place, "rank")
    if values["tied"]:
        rank += Markup(" <small>{0}</small>").format(reader.say("table", "site_scores", "tied"))
    return rank


def _or_dash(reader: Reader, style: str, *place: str | int) -> Markup:
    if reader.figure(*place) is None:
        return reader.say("words", "not_due")
    return reader.show(style, *place)


def scores(sites: Sites, most: int | None = None) -> Table | None:
    """Return scores and ranks by every way, and how sure they are; the best ones only."""
    reader = sites.reader
    rows = [
        [
            _rank(reader, (place, row)),
            sites.short(place),
            reader.label("station_class", row["station_class"]),
            reader.label("origin", row["origin"]),
            reader.show("times", *place, "score"),
            _or_dash(reader, "share", *place, "p_first"),
            interval(reader, "count", place, "rank"),
            reader.show("times", *place, "score_topsis"),
            reader.show("count", *place, "rank_topsis"),
            reader.show("count", *place, "rank_gain"),
            _beaten_by(sites, row["dominated_by"]),
        ]
        for place, row in sites.ranked[:most]
    ]
    return _table(reader, "site_scores", rows, "lllcrrrrrrl") if rows else None


def _beaten_by(sites: Sites, name: object) -> Markup:
    """Return the site that is as good or better in every criterion; a dash where none is."""
    for place, row in sites.ranked:
        if row["id"] == name:
            return sites.short(place)
    return sites.reader.say("words", "not_due")


def criteria(sites: Sites, most: int | None = None) -> Table | None:
    """Return every criterion as measured; of the best sites only."""
    reader = sites.reader
    rows = [
        [
            _rank(reader, (place, row)),
            sites.full(place),
            reader.show("count", *place, "population_gain"),
            reader.show("km2", *place, "built_up_gain_km2"),
            reader.show("count", *place, "villages_gain"),
            reader.show("km2", *place, "area_gain_km2"),
            reader.show("min", *place, "worst_s"),
            _or_dash(reader, "share", *place, "overlap_share"),
            reader.show("count", *place, "hydrants"),
            reader.cost(*place, "cost_10k_cny"),
        ]
        for place, row in sites.ranked[:most]
    ]
    return _table(reader, "site_criteria", rows, "llrrrrrrrr") if rows else None


def criterion(reader: Reader, name: str) -> Markup:
    """Return the name of a criterion."""
    return Markup("{0}").format(column_label(name, reader.lang, "candidates"))


def weights(reader: Reader) -> Table | None:
    """Return the criteria with their weights and what is better."""
    rows: Body = [
        [
            criterion(reader, name),
            reader.say("table", "site_weights", "more" if more else "less"),
            reader.show("plain_share", *FIGURES, f"weight_{name}"),
        ]
        for name, more in MORE_IS_BETTER.items()
        if reader.figure(*FIGURES, f"weight_{name}") is not None
    ]
    if not rows:
        return None
    caption = reader.say("table", "site_weights", "caption")
    return Table(caption, head(reader, "site_weights"), rows, "lcr", style="narrow")


def solutions(sites: Sites) -> Table | None:
    """Return the best answer to each question."""
    reader = sites.reader
    rows = [
        _solution(sites, place)
        for place, row in reader.rows("ranking", "solutions")
        if row["order"] == 1
    ]
    return _table(reader, "site_solutions", rows, "lrllrrrrrrr") if rows else None


def _solution(sites: Sites, place: Place) -> list[Cell | Markup]:
    reader = sites.reader
    row = reader.raw(*place)
    title = _question(sites, place)
    status = Markup("{0}").format(value_label("status", row["status"], reader.lang, "solutions"))
    if not is_answer(row):
        dash = reader.say("words", "not_due")
        note = reader.told(*place, "note")
        colon = reader.say("punctuation", "colon")
        return [title, dash, Cell(status + (colon + note if note else ""), span=9)]
    unit = str(row["unit"])
    dash = reader.say("words", "not_due")
    return [
        title,
        reader.show("count", *place, "stations"),
        sites.chosen_short(place),
        status,
        _valued(reader, (*place, "objective"), OBJECTIVE_STYLES[unit], unit),
        _valued(reader, (*place, "bound"), BOUND_STYLES[unit], unit),
        dash if row["status"] == "optimal" else reader.show("fine_share", *place, "gap"),
        reader.show("count", *place, "population_reached"),
        reader.show("km2", *place, "built_up_reached_km2"),
        reader.show("count", *place, "villages_reached"),
        reader.show("km2", *place, "excess_km2"),
    ]


def _valued(reader: Reader, place: Place, style: str, unit: str) -> Markup:
    value = reader.cost(*place) if unit == "cny_10k" else reader.show(style, *place)
    return reader.say("unit_of_objective", unit, value=value)


def _question(sites: Sites, place: Place) -> Markup:
    """Return the model, to whom it gives area, and what it was asked besides."""
    reader = sites.reader
    row = reader.raw(*place)
    parts = {"assignment": row["assignment"], "variant": row["variant"]}
    told = [
        Markup("{0}").format(value_label(column, value, reader.lang, "solutions"))
        for column, value in parts.items()
        if value
    ]
    model = Markup("{0}").format(value_label("model", row["model"], reader.lang, "solutions"))
    if not told:
        return model
    return Markup("{0}<br><small>{1}</small>").format(model, reader.listing(told))


def best(sites: Sites) -> Table | None:
    """Return the best distinct choices of maximal cover; None where it has one only."""
    reader = sites.reader
    found = [(place, row) for place, row in sites.answers("mclp") if is_answer(row)]
    if len(found) < 2:  # noqa: PLR2004 - one is in the table of all models
        return None
    first = (*found[0][0], "objective")
    rows = [
        [
            reader.show("count", *place, "order"),
            sites.chosen_short(place),
            reader.show("fine_share", *place, "objective"),
            reader.change("fine_points", first, (*place, "objective")),
            sites.proof(place),
            reader.show("count", *place, "population_reached"),
            reader.show("km2", *place, "built_up_reached_km2"),
            reader.show("count", *place, "villages_reached"),
            reader.cost(*place, "cost_10k_cny"),
        ]
        for place, _ in found
    ]
    return _table(reader, "site_best", rows, "rlrrlrrrr")


def steps(sites: Sites) -> Table | None:
    """Return what each further site adds, one after another."""
    reader = sites.reader
    rows = [
        [
            reader.show("count", *place, "order"),
            sites.name(place),
            reader.show("fine_share", *place, "demand_gain"),
            reader.show("count", *place, "population_gain"),
            reader.show("km2", *place, "built_up_gain_km2"),
            reader.show("count", *place, "villages_gain"),
        ]
        for place, _ in reader.rows("ranking", "steps")
    ]
    return _table(reader, "site_steps", rows, "rlrrrr") if rows else None


def pareto_rows(reader: Reader) -> list[Row]:
    """Return the choices told in the chapter: up to the number asked for, most people first."""
    every = reader.rows("ranking", "pareto")
    if len(every) <= MOST_CHOICES:
        return every
    further = reader.figure(*FIGURES, "further") or 0
    few = [it for it in every if it[1]["stations"] <= further] or every
    most = sorted(few, key=lambda it: -it[1]["population_reached"])[:MOST_CHOICES]
    return [it for it in every if it in most]


def pareto(sites: Sites, rows: Sequence[Row]) -> Table | None:
    """Return choices that no other beats; None where there are none."""
    reader = sites.reader
    told = [
        [
            reader.show("count", *place, "stations"),
            sites.chosen_short(place),
            reader.show("count", *place, "population_reached"),
            reader.show("km2", *place, "built_up_reached_km2"),
            reader.show("count", *place, "villages_reached"),
            reader.show("km2", *place, "excess_km2"),
            reader.cost(*place, "cost_10k_cny"),
        ]
        for place, _ in rows
    ]
    return _table(reader, "site_pareto", told, "rlrrrrr") if told else None


def forcing(sites: Sites) -> Table | None:
    """Return what insisting on each named site costs; None where none is named."""
    reader = sites.reader
    rows = [
        [
            sites.name(place),
            reader.show("count", *place, "stations"),
            reader.show("fine_share", *place, "objective_with"),
            reader.show("fine_share", *place, "objective_without"),
            reader.show("fine_points", *place, "price"),
            reader.show("share", *place, "price_share"),
            reader.show("share", *place, "regret_share"),
        ]
        for place, _ in reader.rows("ranking", "forcing")
    ]
    return _table(reader, "site_forcing", rows, "lrrrrrr") if rows else None


def phasing(sites: Sites) -> Table | None:
    """Return the years in which to build, by the best order and by the greedy one."""
    rows: Body = []
    for plan in plans(sites.reader):
        last = last_year(sites.reader, plan)
        if last is None:
            continue
        rows += [
            _year(sites, place)
            for place, row in sites.reader.rows("ranking", "phasing")
            if row["plan"] == plan
        ]
        rows.append(_all_years(sites.reader, plan, last))
    return _table(sites.reader, "site_phasing", rows, "lrlrrr") if rows else None


def plans(reader: Reader) -> list[str]:
    """Return the orders of building, the best one first."""
    return list(dict.fromkeys(str(row["plan"]) for _, row in reader.rows("ranking", "phasing")))


def last_year(reader: Reader, plan: str) -> Place | None:
    """Return where the last site of an order stands; None where it builds nothing."""
    rows = [it for it in reader.rows("ranking", "phasing") if it[1]["plan"] == plan]
    return max(rows, key=lambda it: it[1]["year"])[0] if rows else None


def _plan_label(reader: Reader, plan: str) -> Markup:
    return Markup("{0}").format(value_label("plan", plan, reader.lang, "phasing"))


def _year(sites: Sites, place: Place) -> list[Cell | Markup]:
    reader = sites.reader
    return [
        _plan_label(reader, reader.raw(*place, "plan")),
        reader.show("count", *place, "year"),
        sites.name(place),
        reader.cost(*place, "cost_10k_cny"),
        reader.cost(*place, "spent_10k_cny"),
        reader.show("fine_share", *place, "demand_share"),
    ]


def _all_years(reader: Reader, plan: str, last: Place) -> list[Cell | Markup]:
    """Return what an order builds in all: how many, for how much, and what is reached then."""
    count = reader.count("ranking", "phasing", plan=plan)
    total = reader.say("table", "site_phasing", "total", plan=_plan_label(reader, plan))
    return [
        total,
        Markup(""),
        reader.things("site", count),
        reader.cost(*last, "spent_10k_cny"),
        reader.cost(*last, "spent_10k_cny"),
        reader.show("fine_share", *last, "demand_share"),
    ]


def excluded(reader: Reader) -> Table | None:
    """Return how many places were ruled out, by their first reason."""
    reasons: dict[str, None] = {}
    for _, row in reader.rows("ranking", "excluded"):
        reasons.setdefault(str(row["reason"]))
    rows = list(_reasons(reader, reasons))
    if not rows:
        return None
    caption = reader.say("table", "site_excluded", "caption")
    return Table(caption, head(reader, "site_excluded"), rows, "lr", style="narrow")


def _reasons(reader: Reader, reasons: Sequence[str] | dict[str, None]) -> Iterator[list[Markup]]:
    for reason in reasons:
        label = value_label("reason", reason, reader.lang, "excluded_sites")
        count = reader.count("ranking", "excluded", reason=reason)
        yield [Markup("{0}").format(label), count]
