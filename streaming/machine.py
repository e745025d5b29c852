"""The machine that figures were measured on."""

from __future__ import annotations

import os
import platform
import sys
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

CPU_INFO = Path("/proc/cpuinfo")
BOARD = Path("/proc/device-tree/model")  # of a Raspberry Pi and its like


@dataclass(frozen=True, slots=True)
class Machine:
    """What a figure depends on."""

    processor: str
    cores: int
    """Those this process may use."""
    system: str
    python: str
    sherpa_onnx: str
    load: float | None
    """Processes that wanted a core in the minute before; None where the system does not tell."""

    @property
    def is_busy(self) -> bool:
        """Whether others were at work: then timings say little."""
        return self.load is not None and self.load > 0.5 * self.cores

    def __str__(self) -> str:
        busy = f"; BUSY: load {self.load:.1f}, timings are too long" if self.is_busy else ""
        return (
            f"{self.processor}, {self.cores} core{'s' if self.cores > 1 else ''}, {self.system}, "
            f"Python {self.python}, sherpa-onnx {self.sherpa_onnx}{busy}"
        )


def this_machine() -> Machine:
    """The machine that this runs on."""
    return Machine(
        processor=_processor(),
        cores=len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1,
        system=f"{platform.system()} {platform.machine()}",
        python=platform.python_version(),
        sherpa_onnx=metadata.version("sherpa-onnx"),
        load=os.getloadavg()[0] if hasattr(os, "getloadavg") else None,
    )


def _processor() -> str:
    if BOARD.exists():
        return BOARD.read_text(encoding="utf-8", errors="replace").strip("\0\n ")
    if CPU_INFO.exists():
        for line in CPU_INFO.read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
