"""What listening costs on this machine:  python profile_session.py take1.wav [BUNDLE]

Times your own loop around a session: each call, the real-time factor, and the wait for the last words when the audio
ends.  `saidmeant profile` measures more: latency against true times, memory, cold start, sessions side by side.
"""

import statistics
import sys
import time

from saidmeant.streaming import AudioFile, Recognizer


def main(path: str, bundle: str = "en-base") -> None:
    recognizer = Recognizer.load(bundle)
    chunk_seconds = recognizer.bundle.manifest.chunk_ms / 1000  # so that one call is one step of the model
    audio = AudioFile(path, chunk_seconds=chunk_seconds)
    calls, heard = [], 0
    with recognizer.session() as session:
        for chunk in audio:
            heard += len(chunk)
            began = time.perf_counter()
            session.accept(chunk, audio.sample_rate)
            calls.append(1000 * (time.perf_counter() - began))
        began = time.perf_counter()
        session.finish()
        flush = 1000 * (time.perf_counter() - began)
    seconds = heard / audio.sample_rate
    ordered = sorted(calls)
    print(f"{seconds:.2f} s of audio in {len(calls)} calls of {1000 * chunk_seconds:.0f} ms")
    print(f"per call   p50 {statistics.median(calls):.1f} ms, p95 {ordered[int(0.95 * len(ordered))]:.1f} ms")
    print(f"last words {flush:.1f} ms after the audio ends")
    print(f"real-time factor {(sum(calls) + flush) / 1000 / seconds:.3f}")


if __name__ == "__main__":
    main(*sys.argv[1:])
