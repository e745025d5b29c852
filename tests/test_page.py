"""The page in a real browser: somebody speaks, and the text is there."""

from __future__ import annotations

import functools
import json
import random
import re
import threading
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import soundfile
from browsers import LEAD_SECONDS, chromium, complaints, let_listen, microphone_file, wait
from rapidfuzz.distance import Levenshtein
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from served import Served, serving
from tiny import korean_model, tiny_bundle

from saidmeant.streaming import AudioFile, Recognizer, Span, Update, read_updates, spell
from saidmeant.streaming.jamo import SURFACE_UNITS, join

LEARNER = Path(__file__).parents[1] / "examples" / "learner.flac"
SIGNS = {"different": "≠", "unsure": "?"}
RESAMPLED = 2
"""Phones that may change when the browser resamples, and begins a moment later."""
TEXT = "why should you really think that"


@pytest.fixture(scope="module")
def downloads(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("downloads")


@pytest.fixture(scope="module")
def microphone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return microphone_file(LEARNER, tmp_path_factory.mktemp("microphone") / "microphone.wav")


@pytest.fixture(scope="module")
def browser(microphone: Path, downloads: Path) -> Iterator[Chrome]:
    with chromium(microphone, downloads) as browser:
        yield browser


@pytest.fixture(scope="module")
def served(recognizer: Recognizer) -> Iterator[Served]:
    with serving(recognizer) as served:
        yield served


@pytest.fixture(scope="module")
def heard(recognizer: Recognizer, microphone: Path) -> Update:
    """What the recogniser makes of the same sound without a browser."""
    return recognizer.transcribe(AudioFile(microphone))[0]


@pytest.fixture
def page(browser: Chrome, served: Served) -> Iterator[Chrome]:
    browser.get(served.url)
    let_listen(browser, True)
    browser.execute_script("localStorage.clear()")
    browser.refresh()
    wait(browser, lambda b: b.find_elements(By.CSS_SELECTOR, "#settled .word"), "no example")
    complaints(browser)  # of other pages
    yield browser
    assert complaints(browser) == []


def by_id(page: Chrome, name: str) -> Any:
    return page.find_element(By.ID, name)


def state(page: Chrome) -> str:
    return str(page.find_element(By.TAG_NAME, "body").get_attribute("data-state"))


def words(page: Chrome, part: str = "meant", where: str = "settled") -> list[str]:
    found = "return [...document.querySelectorAll(arguments[0])].map((element) => element.innerText)"
    return list(page.execute_script(found, f"#{where} .{part}"))


def speak(page: Chrome) -> None:
    """Press the button, wait for a whole sentence, press it again."""
    by_id(page, "record").click()
    wait(page, lambda p: by_id(p, "eyebrow").text == "" and len(words(p, where="open")) >= 2, "nothing grows")
    wait(page, words, "no sentence")
    by_id(page, "record").click()
    wait(page, lambda p: state(p) == "idle", "no end")


def test_what_is_said_stands_on_the_page(page: Chrome, heard: Update, downloads: Path) -> None:
    assert by_id(page, "eyebrow").text == "FOR EXAMPLE"
    assert by_id(page, "punchline").text == "You said SINK, you meant THINK."
    assert words(page, "sign") == ["≠"]
    speak(page)
    assert words(page) == "why should you think that".split()
    assert by_id(page, "notice").text == ""
    assert "s behind your voice" in by_id(page, "figures").text
    assert "why should you think that" in by_id(page, "announcer").get_attribute("textContent")
    update = kept(page, downloads)
    said, alone = ([token.text for token in each.surface.tokens] for each in (update, heard))
    assert Levenshtein.distance(said, alone) <= RESAMPLED
    assert words(page, "said") == [spell(span.surface, "ipa") for span in update.spans if span.word]
    verdicts = [span.verdict for span in update.spans if span.verdict in SIGNS]
    assert words(page, "sign") == [SIGNS[verdict] for verdict in verdicts]
    told = "(Perhaps y|Y)ou said .+, you meant THINK." if verdicts else "✓ You said what you meant."
    assert re.fullmatch(told, by_id(page, "punchline").text)
    card_tells(page, next(span for span in update.spans if span.word == "think"))


def kept(page: Chrome, downloads: Path) -> Update:
    """The take can be had as sound, JSON and TextGrid, and they agree."""
    take = page.find_element(By.CSS_SELECTOR, ".take")
    assert "5 words" in take.text
    for button in take.find_elements(By.TAG_NAME, "button"):
        if button.text in ("Audio", "JSON", "TextGrid"):
            button.click()
    kinds = ("*.wav", "*.jsonl", "*.TextGrid")
    found = wait(page, lambda _: [paths for kind in kinds if (paths := list(downloads.glob(kind)))][2:], "no downloads")
    ((grid,),) = found
    (sound,), (lines,) = downloads.glob("*.wav"), downloads.glob("*.jsonl")
    assert soundfile.info(sound).duration > LEAD_SECONDS + AudioFile(LEARNER).duration  # type: ignore[operator]
    assert json.loads(lines.read_text(encoding="utf-8"))["file"] == sound.name
    (update,) = read_updates(lines)
    assert update.meaning.text == "why should you think that"
    assert 'text = "think"' in grid.read_text(encoding="utf-8")
    return update


def card_tells(page: Chrome, think: Span) -> None:
    """With the keyboard alone: to the word, its card, its sound, and out of it again."""
    card = by_id(page, "card")
    page.find_element(By.CSS_SELECTOR, "#settled .word").send_keys(Keys.ARROW_RIGHT)
    for key in (Keys.ARROW_RIGHT, Keys.ARROW_RIGHT, Keys.ENTER):
        page.switch_to.active_element.send_keys(key)
    wait(page, lambda _: card.is_displayed(), "no card")
    assert card.text.split("\n")[0] == "think"
    assert "θɪŋk" in card.text
    assert spell(think.surface, "ipa") in card.text
    moved = think.verdict in SIGNS and any(edit.canonical == "TH" for edit in think.edits)
    assert ("θ as in think" in card.text) == moved
    assert page.switch_to.active_element.text == "▶ Hear yourself"
    page.execute_script(REMEMBER_WHAT_IS_PLAYED)
    page.switch_to.active_element.send_keys(Keys.ENTER)
    played = wait(page, lambda p: p.execute_script("return window.played"), "nothing is played")
    assert played == pytest.approx(think.end - think.start + 0.16, abs=0.01)
    page.switch_to.active_element.send_keys(Keys.ESCAPE)
    wait(page, lambda _: not card.is_displayed(), "the card stays")


def test_a_text_is_followed_and_sounds_can_be_respelled(page: Chrome) -> None:
    page.find_element(By.CSS_SELECTOR, "#modes label:last-of-type").click()
    page.find_element(By.CSS_SELECTOR, "#spellings label:nth-of-type(2)").click()
    box = by_id(page, "script-text")
    assert box.get_attribute("value")
    box.clear()
    by_id(page, "record").click()
    assert by_id(page, "notice").text == "Write a text to read first."
    box.send_keys(TEXT)
    speak(page)
    assert words(page) == TEXT.split()
    skipped, think = words(page, "said")[3:5]
    assert skipped == "\N{EN DASH}"
    assert think.endswith("ihngk")
    assert "1 skipped" in page.find_element(By.CSS_SELECTOR, ".take .about").text


def test_a_page_of_ones_own_speaks_the_protocol(
    browser: Chrome, recognizer: Recognizer, repository: Path, heard: Update
) -> None:
    """The example, from another origin."""
    handler = functools.partial(QuietHandler, directory=str(repository / "examples" / "web"))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as pages:
        threading.Thread(target=pages.serve_forever, daemon=True).start()
        origin = f"http://127.0.0.1:{pages.server_address[1]}"
        with serving(recognizer, origins=(origin,)) as served:
            browser.get(f"{origin}/?server={served.socket.rstrip('/')}")
            let_listen(browser, True)
            by_id(browser, "button").click()
            wait(browser, lambda b: by_id(b, "meant").text == heard.meaning.text, "no words")
            by_id(browser, "button").click()
            wait(browser, lambda b: by_id(b, "button").text == "Speak", "no end")
        pages.shutdown()


class QuietHandler(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *_: Any) -> None:  # noqa: A002 (its name there)
        return


def test_a_refused_microphone_is_explained(page: Chrome) -> None:
    let_listen(page, False)
    page.find_element(By.TAG_NAME, "body").send_keys(" ")  # the space bar is the button
    wait(page, lambda p: "is blocked for this page" in by_id(p, "notice").text, "no explanation")
    assert state(page) == "idle"


def test_silence_and_clipping_are_noticed(page: Chrome) -> None:
    told = page.execute_async_script(WATCH)
    assert told[0] == ""
    assert "No sound comes in" in told[1]
    assert "Too loud" in told[2]
    assert told[3] == ""


def test_a_token_in_the_pages_address_opens_the_server(browser: Chrome, recognizer: Recognizer, tmp_path: Path) -> None:
    """And a server that keeps what is said says so before anybody has spoken."""
    with serving(recognizer, token="open-sesame", record=tmp_path) as served:
        browser.get(f"{served.url}#token=open-sesame")
        let_listen(browser, True)
        wait(browser, lambda b: "keeps what is said" in by_id(b, "privacy").text, "no warning")
        by_id(browser, "record").click()
        wait(browser, lambda _: served.server.house.capacity.open == 1, "no session")
        browser.get("about:blank")


def test_a_full_server_says_so_on_the_page(page: Chrome, served: Served) -> None:
    capacity = served.server.house.capacity
    capacity.open += capacity.most
    by_id(page, "record").click()
    wait(page, lambda p: "all places are taken" in by_id(p, "notice").text, "no explanation")
    capacity.open -= capacity.most
    assert state(page) == "idle"


@pytest.fixture(scope="module")
def korean(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    bundle = tiny_bundle(
        tmp_path_factory.mktemp("korean"), korean_model(), language="ko", preview="it has learned nothing"
    )
    with serving(Recognizer.load(bundle.folder)) as served:
        yield served


def test_korean_is_written_in_hangul_with_its_rules(browser: Chrome, korean: Served) -> None:
    browser.get(korean.url)
    wait(browser, words, "no example")
    assert words(browser) == ["저는", "같이", "국물을", "먹었어요"]
    assert words(browser, "said") == ["저는", "가치", "국무를", "머거써요"]
    assert words(browser, "rule") == ["구개음화", "연음", "연음"]
    assert words(browser, "sign") == ["≠"]
    assert by_id(browser, "punchline").text == "You said 국무를, you meant 국물을."
    assert "Speak Korean" in browser.find_element(By.CSS_SELECTOR, ".masthead").text
    assert by_id(browser, "preview").text == "tiny is a preview: it has learned nothing."
    assert not by_id(browser, "spellings").is_displayed()
    assert "같이" in by_id(browser, "script-text").get_attribute("value")
    browser.find_element(By.CSS_SELECTOR, "#settled .different").click()
    card = wait(browser, lambda b: by_id(b, "card").text, "no card")
    for part in ("궁무를", "국무를", "연음 (제13항)", "비음화 (제18항) was not followed"):
        assert part in card
    assert complaints(browser) == []


def test_the_page_joins_units_as_the_recogniser_does(browser: Chrome, korean: Served) -> None:
    browser.get(korean.url)
    drawn = random.Random(5)
    lines = [drawn.choices(SURFACE_UNITS, k=12) for _ in range(200)]
    assert browser.execute_async_script(JOIN, lines) == [join(units) for units in lines]


def test_korean_from_the_microphone(browser: Chrome, korean: Served) -> None:
    """Of a model that has learned nothing, so any words do."""
    browser.get(korean.url)
    let_listen(browser, True)
    wait(browser, words, "no example")
    by_id(browser, "record").click()
    wait(browser, lambda b: words(b, "said", "open"), "nothing grows")
    by_id(browser, "record").click()
    wait(browser, lambda b: state(b) == "idle", "no end")
    said = "".join(words(browser, "said"))
    assert re.search("[가-힣]", said)
    assert not re.search("[\u1100-\u11ff]", said)


@pytest.mark.parametrize("width", [1280, 375])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_nothing_sticks_out_and_everything_can_be_read(page: Chrome, width: int, theme: str) -> None:
    """Text against its background has the contrast that WCAG 2 asks for (AA, 4.5), and every control has a name."""
    metrics = {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": width < 500}
    page.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    features = [{"name": "prefers-color-scheme", "value": theme}]
    page.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
    try:
        assert page.execute_script("return document.documentElement.scrollWidth") <= width
        low = page.execute_script(CONTRAST)
        assert low == []
    finally:
        page.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    page.find_element(By.CSS_SELECTOR, "#modes label:last-of-type").click()
    for control in page.find_elements(By.CSS_SELECTOR, "button, input, textarea"):
        assert control.accessible_name, control.get_attribute("outerHTML")


JOIN = """
const [lines, done] = arguments;
import("/hangul.js").then(({ syllables }) => {
  done(lines.map((units) => syllables(units).map(({ text }) => text).join("")));
});
"""

REMEMBER_WHAT_IS_PLAYED = """
const start = AudioBufferSourceNode.prototype.start;
AudioBufferSourceNode.prototype.start = function (...when) {
  window.played = this.buffer.duration;
  return start.apply(this, when);
};
"""

WATCH = """
const done = arguments[0];
import("/microphone.js").then(({ Watch }) => {
  const watch = new Watch();
  done([watch.hear(0, 2), watch.hear(0, 2), watch.hear(1, 1), watch.hear(0.1, 1)]);
});
"""

CONTRAST = """
const rgb = (text) => text.match(/[\\d.]+/g).map(Number);
const light = (color) => color.slice(0, 3).map((c) => c / 255)
  .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
  .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
const ground = (element) => {
  for (; element; element = element.parentElement) {
    const color = rgb(getComputedStyle(element).backgroundColor);
    if (color.length === 3) return color;
  }
};
return [...document.querySelectorAll("body *")].flatMap((element) => {
  const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
  if (!own || !element.checkVisibility() || element.closest(".hidden, .skip")) return [];
  const [a, b] = [light(rgb(getComputedStyle(element).color)), light(ground(element))].sort((x, y) => y - x);
  const contrast = (a + 0.05) / (b + 0.05);
  return contrast < 4.5 ? [`${element.className} ${element.textContent} ${contrast.toFixed(2)}`] : [];
});
"""
