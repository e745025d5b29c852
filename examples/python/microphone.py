"""Show both lines while you speak:  python microphone.py [BUNDLE]

Ctrl-C ends.  A line that starts with "..." may still change, until a pause makes it final.
"""

import sys

from saidmeant.streaming import AudioError, Microphone, Recognizer


def main(bundle: str = "en-base") -> None:
    recognizer = Recognizer.load(bundle)
    with Microphone() as microphone:
        print(f"listening to {microphone.device.name}; Ctrl-C ends", file=sys.stderr)
        try:
            for update in recognizer.stream(microphone):
                print("" if update.final else "...", update.surface.text, "|", update.meaning.text, flush=True)
        except KeyboardInterrupt:
            pass
        except AudioError as error:  # unplugged: everything heard has been printed by now
            sys.exit(str(error))


if __name__ == "__main__":
    main(*sys.argv[1:])
