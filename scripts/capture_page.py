"""Pictures of the page for the documentation and for looking at:  python scripts/capture_page.py docs/page.png [FOLDER]

Lets a chromium without a screen hear the sample and writes the page as it then looks.  With FOLDER also: before anybody
has spoken, while the lines grow, and afterwards with a card; at the width of a desktop and of a phone, light and dark.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))
from browsers import chromium, let_listen, microphone_file, wait
from served import serving

from saidmeant.streaming import Recognizer

SIZES = {"desktop": (1280, 800), "phone": (375, 780)}
THEMES = ("light", "dark")


def look(browser: Chrome, size: str, theme: str, target: Path) -> None:
    width, height = SIZES[size]
    metrics = {"width": width, "height": height, "deviceScaleFactor": 1.5, "mobile": size == "phone"}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    features = [{"name": "prefers-color-scheme", "value": theme}]
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
    time.sleep(0.3)
    if not browser.save_screenshot(str(target)):
        raise OSError(f"cannot write {target}")


def everywhere(browser: Chrome, folder: Path | None, name: str) -> None:
    for size in SIZES if folder else ():
        for theme in THEMES:
            if folder:
                look(browser, size, theme, folder / f"{name}-{size}-{theme}.png")


def main(target: Path, folder: Path | None = None) -> None:
    if folder:
        folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as temporary, serving(Recognizer.load("en-base")) as served:
        microphone = microphone_file(Path("examples/learner.flac"), Path(temporary) / "microphone.wav")
        with chromium(microphone, Path(temporary)) as browser:
            browser.get(served.url)
            let_listen(browser, True)
            time.sleep(1)
            everywhere(browser, folder, "before")
            record = browser.find_element(By.ID, "record")
            record.click()
            wait(browser, lambda b: b.execute_script("return document.querySelectorAll('#open .word').length > 3"), "-")
            if folder:
                look(browser, "phone", "light", folder / "growing-phone-light.png")
            wait(browser, lambda b: b.execute_script("return document.querySelectorAll('#settled .word').length"), "-")
            record.click()
            wait(browser, lambda b: b.find_elements(By.CSS_SELECTOR, ".take"), "no take")
            look(browser, "desktop", "light", target)
            everywhere(browser, folder, "after")
            browser.find_elements(By.CSS_SELECTOR, "#settled .word")[3].click()
            everywhere(browser, folder, "card")


if __name__ == "__main__":
    main(*(Path(argument) for argument in sys.argv[1:]))
