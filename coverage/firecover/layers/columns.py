"""Find our columns in a file, put our words in, and check every row."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import pandera.errors
import pandera.pandas as pa

from firecover.layers.findings import Findings
from firecover.layers.schema import Field, LayerSchema
from firecover.study import LayerTable


def find_columns(
    schema_fields: Sequence[Field],
    columns: Sequence[str],
    table: LayerTable,
    findings: Findings,
    *,
    extra: Sequence[str] = (),
    generated: str = "",
) -> dict[str, str]:
    """Find the file's column for each of ours.

    Parameters
    ----------
    columns
        The file's columns.
    extra
        Further names that ``fields`` may map (the coordinates of a CSV).
    generated
        A required column that is made up when the file has none.

    Returns
    -------
    columns
        The file's column by our name, for those that there are.
    """
    ours = [field.name for field in schema_fields] + list(extra)
    for name in table.fields:
        if name not in ours:
            remedy = f"{_did_you_mean(name, ours)}known here: {', '.join(ours)}"
            findings.problem("`fields` maps a column that is not ours", key=name, remedy=remedy)
    found = {}
    required = {field.name for field in schema_fields if field.required}
    for name in ours:
        given = table.fields.get(name, name)
        if given in columns:
            found[name] = given
        elif name in table.fields:
            what = f"the file has no column {given!r}; it has: {_listing(columns)}"
            remedy = f"{_did_you_mean(given, columns)}correct `fields.{name}`"
            findings.problem(what, key=given, remedy=remedy)
        elif name in required and name != generated:
            what = f"the column {name!r} is missing; the file has: {_listing(columns)}"
            near = _nearest(name, columns) or "NAME-OF-THE-COLUMN"
            remedy = f'say which column it is: fields = {{ {name} = "{near}" }}'
            findings.problem(what, key=name, remedy=remedy)
    return found


def _listing(columns: Sequence[str]) -> str:
    return ", ".join(columns) or "no columns"


def _nearest(name: str, columns: Sequence[str]) -> str:
    lowered = {column.lower(): column for column in columns}
    near = difflib.get_close_matches(name.lower(), list(lowered), n=1, cutoff=0.5)
    if near:
        return lowered[near[0]]
    inside = [column for low, column in lowered.items() if name in low or (low and low in name)]
    return inside[0] if inside else ""


def _did_you_mean(name: str, known: Sequence[str]) -> str:
    near = _nearest(name, known)
    return f"did you mean {near!r}? " if near else ""


def map_words(
    values: pd.Series[str], field: Field, table: LayerTable, findings: Findings
) -> pd.Series[str]:
    """Put our words in the place of the file's; those not known stay as they are."""
    given = table.values.get(field.name, {})  # noqa: PD011 a table of the study file
    for word, ours in given.items():
        if field.allowed and ours not in field.allowed:
            what = f"`values.{field.name}` maps {word!r} to {ours!r}, which is none of our words"
            remedy = f"{_did_you_mean(ours, field.allowed)}take one of: {', '.join(field.allowed)}"
            findings.problem(what, key=field.name, remedy=remedy)
    words = {**(field.words or {}), **given}
    lowered = {word: word.lower() for word in values.unique() if word.lower() in field.allowed}
    mapped = values.map({**lowered, **words}).where(values.isin([*lowered, *words]), values)
    return mapped.where(mapped != "", field.default).astype("str")


def check_values_keys(schema: LayerSchema, table: LayerTable, findings: Findings) -> None:
    """Check that every table under ``values`` belongs to one of our columns."""
    ours = [field.name for field in schema.fields if field.kind == "text"]
    for name in table.values:  # noqa: PD011
        if name not in ours:
            remedy = f"{_did_you_mean(name, ours)}known here: {', '.join(ours)}"
            findings.problem("`values` maps a column that is not ours", key=name, remedy=remedy)


def to_number(values: pd.Series[str], field: Field, findings: Findings) -> pd.Series[float]:
    """Read texts as numbers; an empty text is NaN, anything else a problem."""
    text = values.str.strip().str.replace(",", "", regex=False)
    numbers = pd.to_numeric(text.where(text != "", None), errors="coerce").astype(float)
    numbers = numbers.where(np.isfinite(numbers), np.nan)
    bad = values.index[(text != "") & numbers.isna()]
    findings.problem_rows(
        [int(row) for row in bad],
        lambda row: f"{values[row]!r} is not a number",
        key=field.name,
        remedy="give a number, or leave the cell empty",
    )
    return numbers


def check_rows(frame: pd.DataFrame, fields: Sequence[Field], findings: Findings) -> None:
    """Check required values, uniqueness, words and ranges of our columns.

    Parameters
    ----------
    frame
        Our columns, the index being the row in the file.
    """
    schema = pa.DataFrameSchema({field.name: _column(field) for field in fields})
    try:
        schema.validate(frame, lazy=True)
    except pandera.errors.SchemaErrors as error:
        by_name = {field.name: field for field in fields}
        cases = error.failure_cases
        for (column, check), rows in cases.groupby(["column", "check"], sort=False):
            values = dict(zip(rows["index"].astype(int), rows["failure_case"], strict=True))
            _tell(by_name[str(column)], str(check), values, frame, findings)


def _column(field: Field) -> pa.Column:
    checks = []
    number = field.kind == "number"
    if field.required:
        checks.append(
            pa.Check(
                lambda values: values.notna() if number else values != "",
                error="required",
                ignore_na=False,
            )
        )
    if field.allowed:
        allowed = [*field.allowed, ""] if not field.default else list(field.allowed)
        checks.append(pa.Check.isin(allowed, error="allowed"))
    if number:
        checks.append(pa.Check.in_range(field.low, field.high, error="range"))
    return pa.Column(
        float if number else str,
        checks,
        nullable=number,
        unique=field.unique,
        report_duplicates="exclude_first",
    )


def _tell(
    field: Field,
    check: str,
    values: Mapping[int, object],
    frame: pd.DataFrame,
    findings: Findings,
) -> None:
    rows = sorted(values)
    key = field.name
    if check == "required":
        remedy = "fill it in; every row needs one"
        findings.problem_rows(rows, "the value is missing", key=key, remedy=remedy)
    elif check == "allowed":
        remedy = (
            f"take one of {', '.join(field.allowed)}, or map it in the study: "
            f'values.{key} = {{ "{values[rows[0]]}" = "{field.allowed[0]}" }}'
        )
        findings.problem_rows(
            rows, lambda row: f"{values[row]!r} is not a known word", key=key, remedy=remedy
        )
    elif check == "range":
        remedy = f"plausible values are {field.low:g} to {field.high:g}"
        findings.problem_rows(
            rows, lambda row: f"{values[row]:g} is not plausible", key=key, remedy=remedy
        )
    else:
        column = frame[key]
        filled = [row for row in rows if column[row] != ""]
        findings.problem_rows(
            filled,
            lambda row: f"{column[row]!r} stands already in row {_first(column, row)}",
            key=key,
            remedy="give every feature its own",
        )


def _first(column: pd.Series[str], row: int) -> int:
    return int(column.index[column == column[row]][0])
