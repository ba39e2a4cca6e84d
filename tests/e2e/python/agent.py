"""A proctord on a directory of its own."""

import os
import pathlib
import signal
import subprocess
import tempfile
import time


class Agent:
    """Starts proctord; stop() ends it and its job host, and removes what they left."""

    def __init__(self, bin_directory):
        self.directory = tempfile.TemporaryDirectory(prefix="proctor-python-")
        os.chmod(self.directory.name, 0o755)
        self.socket = os.path.join(self.directory.name, "agent.sock")
        self.log = open(os.path.join(self.directory.name, "log"), "w+", encoding="utf-8")
        self.process = subprocess.Popen(
            [
                os.path.join(bin_directory, "proctord"),
                "--socket", self.socket,
                "--state-dir", os.path.join(self.directory.name, "state"),
            ],
            stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log)

    def target(self):
        return "unix:" + self.socket

    def log_text(self):
        self.log.seek(0)
        return self.log.read()

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        for pid in self._job_hosts():
            self._end(pid)
        self.log.close()
        self.directory.cleanup()

    def _job_hosts(self):
        """Processes whose command line names this directory: by pid, never by name alone."""
        for entry in pathlib.Path("/proc").iterdir():
            if not entry.name.isdigit() or int(entry.name) == os.getpid():
                continue
            try:
                words = (entry / "cmdline").read_bytes().split(b"\0")
            except OSError:
                continue
            named = any(self.directory.name.encode() in word for word in words)
            if named and words[0].endswith(b"proctor-jobhost"):
                yield int(entry.name)

    @staticmethod
    def _end(pid):
        try:
            handle = os.pidfd_open(pid)
        except ProcessLookupError:
            return
        try:
            os.kill(pid, signal.SIGTERM)
            deadline = time.monotonic() + 10
            while time.monotonic() < deadline:
                try:
                    signal.pidfd_send_signal(handle, 0)
                except ProcessLookupError:
                    return
                time.sleep(0.02)
            signal.pidfd_send_signal(handle, signal.SIGKILL)
        except ProcessLookupError:
            pass
        finally:
            os.close(handle)
