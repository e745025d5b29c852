"""A room for a microphone: a private PulseAudio whose null sink is what it hears, if there is PulseAudio."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

ALSA = Path("/usr/share/alsa/alsa.conf")
PLUGIN = "alsa-lib/libasound_module_pcm_pulse.so"
SECONDS = 60  # patience for a busy machine


def missing() -> str:
    """What this machine lacks for a microphone of its own; empty if nothing."""
    if not sys.platform.startswith("linux"):
        return "PulseAudio and ALSA are Linux's"
    lacking = [program for program in ("pulseaudio", "pactl", "paplay") if shutil.which(program) is None]
    if not ALSA.is_file():
        lacking.append("libasound2-data")
    if not any(Path("/usr").glob(f"lib*/**/{PLUGIN}")):
        lacking.append("libasound2-plugins")
    try:
        import sounddevice  # noqa: F401
    except OSError:
        lacking.append("libportaudio2")
    return f"not installed: {', '.join(lacking)}" if lacking else ""


MISSING = missing()
REASON = f"no PortAudio stream to record from: {MISSING}"


class Room:
    """A PulseAudio daemon: what ``play`` plays, a microphone in ``environment`` hears."""

    def __init__(self, folder: Path) -> None:
        config = folder / "alsa.conf"
        config.write_text("pcm.!default { type pulse }\nctl.!default { type pulse }\n", encoding="utf-8")
        self.environment = {
            **os.environ,
            "HOME": str(folder),
            "XDG_RUNTIME_DIR": str(folder),
            "ALSA_CONFIG_PATH": f"{ALSA}:{config}",
            "PULSE_SERVER": f"unix:{folder}/native",
            "OMP_NUM_THREADS": "1",
        }
        self.log = (folder / "pulseaudio.log").open("wb")
        self.daemon = subprocess.Popen(
            [
                *(
                    "pulseaudio",
                    "-n",
                    "--daemonize=no",
                    "--exit-idle-time=-1",
                    "--use-pid-file=no",
                    "--disable-shm=yes",
                ),
                *("-L", f"module-native-protocol-unix socket={folder}/native auth-anonymous=1"),
                *("-L", "module-null-sink sink_name=speaker rate=48000 channels=1"),
            ],
            env=self.environment,
            stderr=self.log,
        )
        for _ in range(100):
            ready = subprocess.run(
                ["pactl", "set-default-source", "speaker.monitor"],
                check=False,
                env=self.environment,
                capture_output=True,
            )
            if ready.returncode == 0:
                return
            time.sleep(0.1)
        self.close()
        pytest.fail(f"PulseAudio did not start: {(folder / 'pulseaudio.log').read_text(encoding='utf-8')}")

    def play(self, path: Path) -> None:
        subprocess.run(["paplay", str(path)], env=self.environment, check=True, timeout=SECONDS)

    def suspend(self) -> None:
        subprocess.run(["pactl", "suspend-sink", "speaker", "1"], env=self.environment, check=True, timeout=SECONDS)

    def close(self) -> None:
        self.daemon.terminate()
        self.daemon.wait(SECONDS)
        self.log.close()


def similarity(heard: np.ndarray, played: np.ndarray) -> float:
    """The best correlation coefficient of ``played`` with any stretch of ``heard``."""
    size = 1 << (len(heard) + len(played)).bit_length()
    products = np.fft.irfft(np.fft.rfft(heard, size) * np.conj(np.fft.rfft(played, size)), size)[: len(heard)]
    sums = np.cumsum(np.concatenate([[0.0], heard.astype(np.float64) ** 2, np.zeros(len(played))]))
    energy = (sums[len(played) :] - sums[: -len(played)])[: len(heard)]
    return float((products[: len(energy)] / np.sqrt(energy * np.sum(played**2) + 1e-9)).max())
