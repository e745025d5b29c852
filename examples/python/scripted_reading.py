"""Follow somebody who reads a text:  python scripted_reading.py "I think this is right" [take1.wav] [BUNDLE]

Without a recording it listens to the microphone.  Every update says where in the text the reader is; at the end of each
segment comes what was skipped, replaced, inserted or read again, and how each word of the text was pronounced.
"""

import sys

from saidmeant.streaming import AudioFile, Microphone, Reading, Recognizer, Span

MARKS = {"read": "{}", "skipped": "({})", "replaced": "~{}", "ahead": "{}"}


def line(reading: Reading) -> str:
    """The text, with > before the word that comes next, (skipped) and ~replaced."""
    words = [MARKS[word.state].format(word.text) for word in reading.words]
    return " ".join([*words[: reading.position], ">", *words[reading.position :]])


def show_events(reading: Reading, already: int) -> None:
    for event in reading.events[already:]:
        words = " ".join(word.text for word in reading.words[event.first : event.last + 1])
        said = f": {event.heard} ({' '.join(event.surface)})" if event.surface else ""
        print(f"{event.start:5.2f} s  {event.kind} at {words!r}{said}")
    if reading.off_script:
        print("something else was read")


def show_span(span: Span) -> None:
    print(f"{span.start:5.2f} s  {span.word:10} {' '.join(span.canonical):20} said {' '.join(span.surface)}")


def main(text: str, path: str = "", bundle: str = "en-base") -> None:
    recognizer = Recognizer.load(bundle)
    shown = 0
    for update in recognizer.stream(AudioFile(path) if path else Microphone(), reference=text):
        reading = update.reading
        if reading is None:  # only without a reference
            continue
        print(("final   " if update.final else "partial ") + line(reading), flush=True)
        if update.final:
            show_events(reading, shown)
            shown = len(reading.events)
            for span in update.spans:
                show_span(span)


if __name__ == "__main__":
    main(*sys.argv[1:])
