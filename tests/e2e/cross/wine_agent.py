"""Windows programs of this build, run under Wine: the agent, and the command that talks to it."""

import json
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import time
import uuid

PATIENCE = 60


def eventually(condition, what):
    """Waits until `condition()` is true; for what cannot be waited for in the kernel."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        value = condition()
        if value:
            return value
        time.sleep(0.05)
    raise AssertionError("did not happen in time: " + what)


class WineAgent:
    """proctord.exe on a directory and a pipe of its own."""

    def __init__(self, programs):
        self.programs = pathlib.Path(programs)
        self.name = "proctor-test-" + uuid.uuid4().hex[:12]
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="proctor-wine."))
        self.environment = dict(
            os.environ,
            PROCTOR_AGENT="pipe:" + self.name,
        )
        self.log = open(self.directory / "agent.log", "ab")
        self.program = "proctord.exe"
        self.process = None

    def windows_path(self, path):
        return "Z:" + str(path).replace("/", "\\")

    def start(self, program="proctord.exe", *arguments):
        self.program = program
        command = ["wine", str(self.programs / program), "--pipe", self.name,
                   "--state-dir", self.windows_path(self.directory / "state"),
                   "--log-level", "debug", *arguments]
        self.process = subprocess.Popen(
            command, env=self.environment, stdin=subprocess.DEVNULL, stdout=self.log,
            stderr=self.log)
        eventually(self.answers, "the agent answers")

    def answers(self):
        # The first programs of a new Wine prefix take their time.
        try:
            return self.command("info", timeout=10).returncode == 0
        except subprocess.TimeoutExpired:
            return False

    def command(self, *arguments, timeout=PATIENCE):
        return subprocess.run(
            ["wine", str(self.programs / "proctor.exe"), *arguments], env=self.environment,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            timeout=timeout, check=False)

    def json(self, *arguments):
        result = self.command("--json", *arguments)
        assert result.returncode == 0, result.stderr
        return [json.loads(line) for line in result.stdout.splitlines() if line.strip()]

    def pids(self, program):
        """Processes of this agent, as Linux knows them: their command line names its directory."""
        found = []
        for entry in pathlib.Path("/proc").iterdir():
            if not entry.name.isdigit():
                continue
            try:
                line = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            except OSError:
                continue
            if program in line and self.directory.name in line:
                found.append(int(entry.name))
        return found

    def kill(self, program):
        """kill -9 of one of the agent's own programs."""
        for pid in self.pids(program):
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        if program == self.program and self.process is not None:
            self.process.wait(timeout=PATIENCE)
        eventually(lambda: not self.pids(program), program + " is gone")

    def stop(self):
        for program in (self.program, "proctor-jobhost.exe"):
            self.kill(program)
        self.log.close()
        shutil.rmtree(self.directory, ignore_errors=True)
