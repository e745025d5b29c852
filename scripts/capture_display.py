"""Pictures of the display for the documentation:  python scripts/capture_display.py docs/display

Writes OUT.svg (colour) and OUT.txt (plain): the sample as it is shown at 80 columns, while it grows and when it is
final, freely and read from a text.
"""

from __future__ import annotations

import sys
from pathlib import Path

from rich.console import Console

from saidmeant.streaming import AudioFile, Recognizer
from saidmeant.streaming.display import render

WIDTH = 80
SAMPLE = "examples/learner.flac"
TEXT = "why should you really think that"


def main(target: Path) -> None:
    recognizer = Recognizer.load("en-base")
    with (target.with_suffix(".txt")).open("w", encoding="utf-8") as plain, Path("/dev/null").open("w") as nowhere:
        console = Console(record=True, width=WIDTH, file=nowhere, force_terminal=True, color_system="truecolor")
        for title, reference in (("said freely", None), (f"read: {TEXT}", TEXT)):
            updates = list(recognizer.stream(AudioFile(SAMPLE), reference=reference))
            partials = [update for update in updates if not update.final]
            shown = [("while it grows", partials[len(partials) // 2]), ("final", updates[-1])]
            for state, update in shown:
                picture = render(update, WIDTH)
                console.print(f"# {title}, {state}", style="bold")
                console.print(picture)
                console.print()
                plain.write(f"# {title}, {state}\n{picture.plain}\n\n")
        console.save_svg(str(target.with_suffix(".svg")), title="saidmeant")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
