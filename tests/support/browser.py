"""Headless Chromium without a network, for the tests that open the maps.

Debian's browser and driver are used, never one that selenium downloads.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

CHROMIUM = Path("/usr/bin/chromium")
DRIVER = Path("/usr/bin/chromedriver")
DESKTOP = (1366, 768)
PHONE = (390, 844)
_FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-extensions",
    "--hide-scrollbars",
    "--force-device-scale-factor=1",
)
_NO_HOST = "--host-resolver-rules=MAP * ~NOTFOUND"


def needs_chromium() -> None:
    """Skip, saying why, where there is no browser to open a page in."""
    for program in (CHROMIUM, DRIVER):
        if not program.exists():
            pytest.skip(f"no {program}: the maps are not opened")


@contextmanager
def chromium(profile: Path, *, loopback: bool = False) -> Iterator[Any]:
    """Give a browser that cannot reach any host, with a profile of its own.

    With ``loopback`` it believes that it has a network, but finds no host save this one.
    """
    os.environ["SE_OFFLINE"] = "true"
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service

    options = webdriver.ChromeOptions()
    options.binary_location = str(CHROMIUM)
    resolver = f"{_NO_HOST}, EXCLUDE 127.0.0.1" if loopback else _NO_HOST
    for flag in (*_FLAGS, resolver, f"--user-data-dir={profile}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service(executable_path=str(DRIVER)))
    try:
        driver.execute_cdp_cmd("Network.enable", {})
        speed = dict.fromkeys(("downloadThroughput", "uploadThroughput"), -1 if loopback else 0)
        driver.execute_cdp_cmd(
            "Network.emulateNetworkConditions",
            {"offline": not loopback, "latency": 0, **speed},
        )
        yield driver
    finally:
        driver.quit()


def open_page(driver: Any, file: Path, size: tuple[int, int] = DESKTOP, query: str = "") -> None:
    """Open a page from the disk in a window whose inside has the given size, and wait for it."""
    width, height = size
    driver.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride",
        {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600},
    )
    driver.get(file.resolve().as_uri() + query)
    wait_until(driver, "return document.body.getAttribute('data-ready') === 'true'")


def wait_until(driver: Any, script: str, seconds: float = 20) -> None:
    """Wait until a script answers true."""
    end = time.monotonic() + seconds
    while not driver.execute_script(script):
        if time.monotonic() > end:
            msg = f"{script} stayed false: {console(driver)}"
            raise TimeoutError(msg)
        time.sleep(0.05)


def console(driver: Any) -> list[str]:
    """Return what the console has been told since it was last asked: nothing, if all is well."""
    return [f"{entry['level']}: {entry['message']}" for entry in driver.get_log("browser")]
