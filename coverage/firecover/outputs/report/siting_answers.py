"""The rest of the chapter on sites: criteria, the models' answers, phasing and the method."""

from __future__ import annotations

from collections.abc import Iterator

from markupsafe import Markup

from firecover.outputs.i18n import value_label
from firecover.outputs.report import siting_tables as tables
from firecover.outputs.report.model import Block, Paragraph, Table
from firecover.outputs.report.reader import Reader
from firecover.outputs.report.sites import FIGURES, SETTINGS, Sites, is_answer
from firecover.outputs.report.siting_tables import MOST_SITES

METHOD = ("sites", "criteria", "scale", "sure", "models", "solver")


def criteria(reader: Reader) -> Iterator[Block | None]:
    """Go through criteria, weights and scores, the best ranked sites only."""
    sites = Sites(reader)
    if len(sites.ranked) > MOST_SITES:
        total = reader.count("ranking", "candidates")
        yield Paragraph(reader.say("siting", "top", total=total))
    yield tables.criteria(sites, MOST_SITES)
    yield tables.weights(reader)
    same = sites.listed("same_in")
    if same:
        names = reader.listing([tables.criterion(reader, name) for name in same])
        yield Paragraph(reader.say("siting", "same_in", names=names))
    yield tables.scores(sites, MOST_SITES)


def answers(reader: Reader) -> Iterator[Block | None]:
    """Go through the answers of the models."""
    sites = Sites(reader)
    found = tables.solutions(sites)
    if found is None:
        yield Paragraph(reader.say("siting", "no_solutions"))
        return
    yield found
    weights = {
        kind: reader.show("plain_share", *SETTINGS, "demand_weights", kind)
        for kind in ("population", "built_up", "villages")
    }
    yield Paragraph(reader.say("siting", "solutions_note", **weights))
    yield from _answer_notes(reader)
    if reader.raw(*SETTINGS, "demand_weights").get("fires"):
        share = reader.show("plain_share", *SETTINGS, "demand_weights", "fires")
        yield Paragraph(reader.say("siting", "fires_note", share=share))
    yield from _with_note(reader, tables.best(sites), "best_note")
    yield from _with_note(reader, tables.steps(sites), "steps_note")


def _answer_notes(reader: Reader) -> Iterator[Block]:
    """Say what answers count or leave out; those without one tell why in the table itself."""
    told = [
        reader.say(
            "siting",
            "answer_note",
            model=value_label("model", row["model"], reader.lang, "solutions"),
            told=note,
        )
        for place, row in reader.rows("ranking", "solutions")
        # what a variant asks stands with its name in the table
        if is_answer(row) and row["order"] == 1 and not row["variant"]
        if (note := reader.told(*place, "note"))
    ]
    if told:
        told_all = reader.say("punctuation", "between").join(told)
        yield Paragraph(reader.say("siting", "answer_notes", told=told_all))


def alternatives(reader: Reader) -> Iterator[Block | None]:
    """Go through what insisting on a site costs, and the choices that no other beats."""
    sites = Sites(reader)
    yield tables.forcing(sites) or Paragraph(reader.say("siting", "no_forcing"))
    yield from _pareto(sites)


def _with_note(reader: Reader, table: Table | None, note: str) -> Iterator[Block]:
    if table:
        yield Paragraph(reader.say("siting", note))
        yield table


def _pareto(sites: Sites) -> Iterator[Block | None]:
    reader = sites.reader
    every, told = reader.rows("ranking", "pareto"), tables.pareto_rows(reader)
    if not every:
        yield Paragraph(reader.say("siting", "no_pareto"))
        return
    complete = reader.figure(*FIGURES, "pareto_complete")
    compared = reader.show("count", *FIGURES, "pareto_compared")
    note = reader.say("siting", "pareto_note" if complete else "pareto_partial", compared=compared)
    if len(told) < len(every):
        note += reader.say("punctuation", "between")
        note += reader.say("siting", "pareto_top", total=reader.count("ranking", "pareto"))
    yield Paragraph(note)
    yield tables.pareto(sites, told)


def phasing(reader: Reader) -> Iterator[Block | None]:
    """Go through the order of building, beside the greedy one."""
    sites = Sites(reader)
    if reader.raw(*FIGURES, "phasing_status") is None:
        yield Paragraph(reader.say("siting", "no_phasing"))
        return
    status = str(reader.raw(*FIGURES, "phasing_status"))
    proof = reader.say("siting", status, gap=reader.show("fine_share", *FIGURES, "phasing_gap"))
    lost = reader.figure(*FIGURES, "phasing_loss_share")
    told = reader.say(
        "siting",
        "phasing",
        budget=reader.cost(*FIGURES, "phasing_budget_10k_cny"),
        years=reader.counted("year", *FIGURES, "phasing_years"),
        proof=proof,
    )
    ends = [_built(reader, plan) for plan in tables.plans(reader)]
    if ends:
        told += reader.say("punctuation", "between") + reader.say("punctuation", "part").join(ends)
        told += reader.say("punctuation", "stop").rstrip()
    told += reader.say("punctuation", "between") + reader.say(
        "siting",
        "phasing_loss" if lost else "phasing_same",
        loss=reader.show("share", *FIGURES, "phasing_loss_share"),
    )
    table = tables.phasing(sites)
    if table is None:
        told += reader.say("punctuation", "between") + reader.say("siting", "phasing_empty")
    yield Paragraph(told)
    yield table


def _built(reader: Reader, plan: str) -> Markup:
    """Say how many sites an order builds, for how much, and what they reach in the end."""
    last = tables.last_year(reader, plan)
    if last is None:
        return Markup("")
    return reader.say(
        "siting",
        f"phasing_{plan}",
        count=reader.things("site", reader.count("ranking", "phasing", plan=plan)),
        cost=reader.say("siting", "cost", cost=reader.cost(*last, "spent_10k_cny")),
        share=reader.show("fine_share", *last, "demand_share"),
    )


def excluded(reader: Reader) -> Iterator[Block | None]:
    """Go through the places that were ruled out, by reason."""
    table = tables.excluded(reader)
    if table is None:
        yield Paragraph(reader.say("siting", "no_excluded"))
        return
    total = reader.count("ranking", "excluded")
    yield Paragraph(reader.say("siting", "excluded", total=total))
    yield table


def method(reader: Reader) -> list[Block | None]:
    """Return how candidates are judged and choices found, with the references."""
    parts: dict[str, Markup] = {
        "spread": reader.show("plain", *FIGURES, "weight_spread"),
        "sure": reader.show("plain_share", *FIGURES, "sure_share"),
        "limit": reader.show("plain", *SETTINGS, "time_limit_s"),
        "engines": reader.counted("engine", "settings", "full_force_engines"),
        "minutes": reader.show("plain", *SETTINGS, "full_force_min"),
    }
    return [Paragraph(reader.say("siting", f"method_{name}", **parts)) for name in METHOD]


def annex(reader: Reader) -> list[Table | None]:
    """Return all candidates and choices, where the chapter told some of them only."""
    sites = Sites(reader)
    told: list[Table | None] = []
    if len(sites.ranked) > MOST_SITES:
        told += [tables.criteria(sites), tables.scores(sites)]
    every = reader.rows("ranking", "pareto")
    if len(tables.pareto_rows(reader)) < len(every):
        told.append(tables.pareto(sites, every))
    return told
