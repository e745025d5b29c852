"""A real chromium without a screen, whose microphone is a recording."""

from __future__ import annotations

import os
import shutil
import wave
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.support.ui import WebDriverWait

PATIENCE = 60.0  # seconds, for a busy machine
LEAD_SECONDS, TAIL_SECONDS = 0.5, 8.0
ARGUMENTS = (
    "--headless=new",
    "--no-sandbox",  # containers run as root
    "--disable-dev-shm-usage",
    "--disable-gpu",
    "--use-fake-device-for-media-stream",
)


def microphone_file(recording: Path, target: Path) -> Path:
    """The recording as the WAV file that chromium plays as its microphone, with faint noise around it."""
    samples, rate = soundfile.read(recording, dtype="float32")
    noise = np.random.default_rng(1)
    around = [noise.normal(0, 0.001, int(seconds * rate)) for seconds in (LEAD_SECONDS, TAIL_SECONDS)]
    whole = np.concatenate([around[0], samples, around[1]])
    with wave.open(str(target), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes((whole * 32767).astype("<i2").tobytes())
    return target


@contextmanager
def chromium(microphone: Path, downloads: Path) -> Iterator[webdriver.Chrome]:
    """Skips without chromium, but not where everything must be tested."""
    binary, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if not (binary and driver):
        message = "the page is not tested: there is no chromium and chromium-driver (apt-get install both)"
        pytest.fail(message) if os.environ.get("CI") else pytest.skip(message)
    options = webdriver.ChromeOptions()
    options.binary_location = str(binary)
    for argument in (*ARGUMENTS, f"--use-file-for-fake-audio-capture={microphone}%noloop"):
        options.add_argument(argument)
    options.add_experimental_option("prefs", {"download.default_directory": str(downloads)})
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    with webdriver.Chrome(options=options, service=Service(driver)) as browser:
        yield browser


def wait(browser: webdriver.Chrome, ready: Callable[[webdriver.Chrome], Any], what: str) -> Any:
    return WebDriverWait(browser, PATIENCE, 0.1).until(ready, what)


def let_listen(browser: webdriver.Chrome, allowed: bool) -> None:
    """Answers the browser's question about the microphone for the page that it shows."""
    permission = {"permission": {"name": "microphone"}, "setting": "granted" if allowed else "denied"}
    browser.execute_cdp_cmd("Browser.setPermission", permission)


def complaints(browser: webdriver.Chrome) -> list[str]:
    """What the console has of errors."""
    return [entry["message"] for entry in browser.get_log("browser") if entry["level"] == "SEVERE"]  # type: ignore[no-untyped-call]
