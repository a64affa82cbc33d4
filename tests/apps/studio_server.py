"""The Studio as a user starts it, in its own process, on a machine whose names of other machines lead nowhere."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import httpx

ROOT = Path(__file__).parents[2]

# Every look-up of a name that is not this machine's is refused and noted; at the end the notes are written to a file.
WATCHED = """
import atexit, json, runpy, socket, sys
notes, before, argv = sys.argv[1], sys.argv[2], sys.argv[3:]
lookups, find = [], socket.getaddrinfo
def local_only(host, *args, **more):
    name = host.decode() if isinstance(host, bytes) else host
    if name not in (None, "", "localhost", "127.0.0.1", "::1", "0.0.0.0"):
        lookups.append(name)
        raise socket.gaierror(f"{name} is not this machine")
    return find(host, *args, **more)
socket.getaddrinfo = local_only
atexit.register(lambda: open(notes, "w").write(json.dumps({"lookups": lookups, "torch": "torch" in sys.modules})))
sys.argv = ["apps", *argv]
exec(before)
runpy.run_module("apps", run_name="__main__", alter_sys=True)
"""


class Studio:
    """Starts it; `url` is the address that it printed, `listening` the seconds until it did.

    Args:
        before: code that is run in its process first.
        password: that it asks for; `headers` answer it.
    """

    def __init__(self, folder: Path, weights: dict[str, Path], before: str = "", password: str | None = None) -> None:
        self.notes, self.errors = folder / "notes.json", folder / "stderr"
        flags = ["--weights", str(weights["pose"]), "--finder", str(weights["finder"]), "--port", "0", "--no-browser"]
        flags += ["--password", password] if password else []
        began = time.monotonic()
        with self.errors.open("w") as errors:
            self.process = subprocess.Popen(
                [sys.executable, "-c", WATCHED, str(self.notes), before, *flags],
                cwd=ROOT,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
                env={**os.environ, "TMPDIR": str(folder), "HRNET_HOME": str(folder / "home")},
            )
        self.line = self.process.stdout.readline()
        self.listening = time.monotonic() - began
        self.url = re.search(r"http://127\.0\.0\.1:\d+/studio/", self.line)[0]
        self.folder = folder
        self.headers = {"authorization": f"Bearer {password}"} if password else {}
        httpx.get(
            self.url, timeout=120, headers=self.headers
        ).raise_for_status()  # on a busy machine the pages are built a little later
        self.ready = time.monotonic() - began

    @property
    def memory(self) -> int:
        """Bytes that it has in memory now."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return 1024 * int(re.search(r"VmRSS:\s+(\d+)", status)[1])

    @property
    def peak(self) -> int:
        """Bytes that it had in memory at most."""
        return 1024 * int(re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{self.process.pid}/status").read_text())[1])

    def stop(self) -> dict[str, object]:
        """End it as Ctrl-C does; what was noted, with the exit code and what it wrote to stderr."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(timeout=20)
        self.process.kill()
        self.process.stdout.close()
        code = self.process.wait()
        notes = json.loads(self.notes.read_text()) if self.notes.exists() else {}
        return {"code": code, "errors": self.errors.read_text(), **notes}
