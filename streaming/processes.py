"""The processes that the profiler starts: fresh ones for the cold start and the peak memory, and a peer's."""

from __future__ import annotations

import itertools
import json
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

from .audio import AudioFile
from .errors import SaidMeantError
from .memory import peak_memory_bytes
from .recognizer import Recognizer

PROBE = "from saidmeant.streaming.processes import probe; probe()"


@dataclass(frozen=True, slots=True)
class PeerTiming:
    """What one file cost the peer, reading it not included, and what it heard."""

    seconds: float = 0.0
    cpu: float = 0.0
    """Processor seconds, all threads."""
    text: str = ""


def fresh_process(bundle: Path, threads: int, path: Path) -> tuple[float, int]:
    """Seconds to the first decoded chunk, and peak memory in bytes, of a process that transcribes one file."""
    began = time.perf_counter()
    command = [sys.executable, "-c", PROBE, str(bundle), str(threads), str(path)]
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True) as process:
        ready = process.stdout.readline() if process.stdout else ""
        seconds = time.perf_counter() - began
        peak = process.stdout.readline() if process.stdout else ""
    if process.returncode or not ready or not peak:
        raise SaidMeantError(f"a fresh process could not load {bundle} (exit status {process.returncode})")
    return seconds, int(peak)


def probe() -> None:
    """Run by :func:`fresh_process`: say when the first chunk is decoded, then the peak memory."""
    bundle, threads, path = sys.argv[1:4]
    recognizer = Recognizer.load(bundle, threads=int(threads))
    source = AudioFile(path, chunk_seconds=recognizer.bundle.manifest.chunk_ms / 1000)
    chunks = iter(source)
    with recognizer.session() as session:
        for chunk in itertools.islice(chunks, 2):  # the first decoding step needs a little more than one chunk
            session.accept(chunk, sample_rate=source.sample_rate)
        print("ready", flush=True)
        for chunk in chunks:
            session.accept(chunk, sample_rate=source.sample_rate)
        session.finish()
    print(peak_memory_bytes(), flush=True)


class NoPeer:
    """Stands in where no peer is asked for: takes no time."""

    def __enter__(self) -> NoPeer:
        return self

    def __exit__(self, *_: object) -> None:
        return

    def transcribe(self, _path: Path) -> PeerTiming:
        return PeerTiming()


class PeerProcess:
    """A peer in its own process, so that its libraries and threads do not disturb ours.  One JSON line per message."""

    def __init__(self, name: str, threads: int, language: str = "en") -> None:
        self.name = name
        command = [sys.executable, "-m", "saidmeant.models.peer", name, "--threads", str(threads)]
        command += ["--language", language]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def __enter__(self) -> PeerProcess:
        try:
            self._reply()
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if kind:
            self.process.kill()
        self.process.__exit__(kind, error, traceback)  # closes the pipes and waits

    def transcribe(self, path: Path) -> PeerTiming:
        """Let the peer transcribe one file."""
        if self.process.stdin is None:
            raise SaidMeantError(f"the peer {self.name} has no input")
        try:
            self.process.stdin.write(json.dumps(str(path.resolve())) + "\n")
            self.process.stdin.flush()
        except OSError as error:
            raise SaidMeantError(f"the peer {self.name} ended: {error}") from error
        reply = self._reply()
        return PeerTiming(float(reply["seconds"]), float(reply["cpu"]), str(reply["text"]))

    def _reply(self) -> dict[str, Any]:
        line = self.process.stdout.readline() if self.process.stdout else ""
        if not line:
            raise SaidMeantError(f"the peer {self.name} ended without an answer")
        reply: dict[str, Any] = json.loads(line)
        if "error" in reply:
            raise SaidMeantError(f"the peer {self.name}: {reply['error']}")
        return reply
