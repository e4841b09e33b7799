"""What a page may load and run, told to the browser in the page itself.

A name in the data that was read as markup all the same could neither run nor fetch anything:
only the scripts that the page was written with run, known by their hashes, and nothing is
loaded but what lies in the page, and the tiles that the study names.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable

from markupsafe import Markup

_SCRIPT = re.compile(
    r"<script\b(?P<attributes>[^>]*)>(?P<code>.*?)</script\s*>", re.IGNORECASE | re.DOTALL
)
_HEAD = re.compile(r"<head>", re.IGNORECASE)


def with_policy(html: str, image_hosts: Iterable[str] = ()) -> str:
    """Put a content security policy at the head of a whole page.

    Parameters
    ----------
    html
        The page, with all its scripts.
    image_hosts
        Origins that pictures may come from, beside the page itself.

    Returns
    -------
    html
        The page, its line ends as a browser reads them before it takes a script's hash.
    """
    text = html.replace("\r\n", "\n").replace("\r", "\n")
    meta = (
        '<meta http-equiv="Content-Security-Policy" content="'
        f'{Markup.escape(_policy(text, image_hosts))}">'
    )
    return _HEAD.sub(lambda found: f"{found[0]}\n{meta}", text, count=1)


def _policy(html: str, image_hosts: Iterable[str]) -> str:
    """Return the policy, as W3C's "Content Security Policy Level 3" words it."""
    scripts = " ".join(dict.fromkeys(_hashes(html))) or "'none'"
    images = " ".join(["data:", *dict.fromkeys(image_hosts)])
    rules = (
        "default-src 'none'",
        f"script-src {scripts}",
        # Leaflet and the legends place things by style attributes.
        "style-src 'unsafe-inline'",
        f"img-src {images}",
        "connect-src 'none'",
        "base-uri 'none'",
        "form-action 'none'",
    )
    return "; ".join(rules)


def _hashes(html: str) -> Iterable[str]:
    for found in _SCRIPT.finditer(html):
        if "application/json" not in found["attributes"]:
            digest = hashlib.sha256(found["code"].encode("utf-8")).digest()
            yield f"'sha256-{base64.b64encode(digest).decode('ascii')}'"
