"""The templates that pages and documents are made from."""

from __future__ import annotations

from jinja2 import Environment, PackageLoader, StrictUndefined


def environment() -> Environment:
    """Return a new environment over ``templates/``: text is escaped, a slip is an error."""
    return Environment(
        loader=PackageLoader("firecover.outputs", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
