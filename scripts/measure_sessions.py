"""How many real-time sessions a server holds:  python scripts/measure_sessions.py [--sessions 1 2 4 8 ...] [FILE]

Starts `saidmeant serve` and lets so many clients speak at once, each in real time and beginning at moments of their
own, and prints how late their updates come: from when the newest sample that an update has heard was sent to when the
update is there.  A number of sessions is held if 95 of 100 updates come within one chunk.  Beside it stands what
`saidmeant profile` says: the sessions that one thread could hold if there were nothing but decoding.  Measure on an
idle machine.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import statistics
import subprocess
import sys
import time
from pathlib import Path

import soundfile
from websockets.asyncio.client import connect

CHUNK_SECONDS = 0.04  # as the page sends
HELD_SECONDS = 0.32  # a chunk of the shipped bundle: later, and the next one waits


class Speech:
    """A recording, over and over, as messages of 40 ms."""

    def __init__(self, path: Path) -> None:
        samples, self.rate = soundfile.read(path, dtype="int16", always_2d=True)
        size = round(CHUNK_SECONDS * self.rate)
        mono = samples[:, 0].astype("<i2")
        self.messages = [mono[i : i + size].tobytes() for i in range(0, len(mono), size)]
        self.sizes = [len(message) / 2 / self.rate for message in self.messages]


async def speak(url: str, speech: Speech, seconds: float) -> list[float]:
    """One client; how late its updates came, in seconds."""
    await asyncio.sleep(random.random())
    late: list[float] = []
    async with connect(f"{url}v1/listen", compression=None, open_timeout=60) as connection:
        await connection.send(json.dumps({"type": "start", "sample_rate": speech.rate}))
        await connection.recv()
        began = time.monotonic()

        async def send() -> None:
            sent, number = 0.0, 0
            while sent < seconds:
                sent += speech.sizes[number % len(speech.sizes)]
                await asyncio.sleep(max(0.0, began + sent - time.monotonic()))
                await connection.send(speech.messages[number % len(speech.messages)])
                number += 1
            await connection.send('{"type": "finish"}')

        sending = asyncio.create_task(send())
        async for text in connection:
            message = json.loads(text)
            if message["type"] == "update" and not sending.done():
                late.append(time.monotonic() - began - message["heard"])
        await sending
    return late


async def measure(url: str, speech: Speech, sessions: int, seconds: float) -> list[float]:
    found = await asyncio.gather(*(speak(url, speech, seconds) for _ in range(sessions)))
    return sorted(delay for late in found for delay in late)


def profile(path: Path) -> float:
    """Sessions per thread, from the real-time factor."""
    command = [sys.executable, "-m", "saidmeant.streaming", "profile", "--json", str(path)]
    result = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return 1 / float(result["real_time_factor"])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", nargs="?", type=Path, default=Path("examples/learner.flac"))
    parser.add_argument("--sessions", type=int, nargs="+", default=[1, 2, 4, 8, 12, 16, 20, 24, 32])
    parser.add_argument("--seconds", type=float, default=20.0, help="how long everybody speaks (default: 20)")
    arguments = parser.parse_args()
    print(f"profile: {profile(arguments.file):.1f} sessions per thread, {os.cpu_count()} CPUs")
    speech = Speech(arguments.file)
    command = [sys.executable, "-m", "saidmeant.streaming", "serve", "--port", "0"]
    command += ["--sessions", str(max(arguments.sessions))]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            url = (server.stdout.readline() if server.stdout else "").strip().replace("http", "ws", 1)
            print("sessions   late p50   late p95   held")
            for sessions in arguments.sessions:
                late = asyncio.run(measure(url, speech, sessions, min(arguments.seconds, 300.0)))
                middle, worst = statistics.median(late), late[int(0.95 * len(late))]
                held = worst <= HELD_SECONDS
                print(f"{sessions:8}   {middle * 1000:5.0f} ms   {worst * 1000:5.0f} ms   {'yes' if held else 'no'}")
                if not held:
                    break
        finally:
            server.terminate()


if __name__ == "__main__":
    main()
