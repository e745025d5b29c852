"""Transcribe a recording:  python transcribe_file.py take1.wav [BUNDLE]

Prints, for every word, when it came, how it should sound and what was said.
"""

import sys

from saidmeant.streaming import AudioFile, Recognizer


def main(path: str, bundle: str = "en-base") -> None:
    recognizer = Recognizer.load(bundle)
    for segment in recognizer.transcribe(AudioFile(path)):
        print(segment.meaning.text)
        for span in segment.spans:
            mark = "" if span.canonical == span.surface else "  <- different"
            print(f"  {span.start:6.2f} s  {span.word:12} {' '.join(span.canonical):20} {' '.join(span.surface)}{mark}")


if __name__ == "__main__":
    main(*sys.argv[1:])
