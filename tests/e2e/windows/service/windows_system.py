"""A Windows to install a service on: a Wine prefix that is thrown away, or the system itself."""

import ctypes
import os
import pathlib
import shutil
import subprocess
import tempfile
import time

PATIENCE = 120


def eventually(condition, what):
    """Waits until `condition()` is true; for what cannot be waited for otherwise."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        value = condition()
        if value:
            return value
        time.sleep(0.1)
    raise AssertionError("did not happen in time: " + what)


class WindowsSystem:
    """Runs Windows programs. Call close() in the end."""

    def __init__(self, programs):
        self.programs = pathlib.Path(programs)
        self.native = os.name == "nt"
        self.environment = dict(os.environ)
        self.prefix = None
        if not self.native:
            self.prefix = pathlib.Path(tempfile.mkdtemp(prefix="proctor-wine."))
            self.environment.update(
                WINEPREFIX=str(self.prefix), WINEDEBUG="-all")
            # The prefix is started anew once it is there: its first service control manager forgets
            # services. What stays behind the first programs must not hold the pipe of a test's.
            for first in (["wine", "wineboot", "--init"], ["wineserver", "-w"],
                          ["wineserver", "-p"], ["wine", "wineboot"]):
                subprocess.run(first, env=self.environment, stdin=subprocess.DEVNULL,
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                               timeout=PATIENCE, check=False)
            self.install_programs()

    def install_programs(self):
        """Where only administrators can write, as an administrator would: elsewhere `install`
        refuses them, and the folder of the build may be anywhere."""
        built = self.programs
        self.programs = self.prefix / "drive_c" / "Program Files" / "Proctor"
        self.programs.mkdir(mode=0o755)
        for program in ("proctord.exe", "proctor-jobhost.exe", "proctor.exe"):
            if (built / program).exists():
                shutil.copy(built / program, self.programs)
                (self.programs / program).chmod(0o755)

    def missing(self):
        """What a test of the service lacks here, or nothing."""
        if self.native and not ctypes.windll.shell32.IsUserAnAdmin():
            return "needs an elevated administrator"
        if self.run("sc", "query", "proctord").returncode == 0:
            return "needs a machine without the service proctord"
        return None

    def command(self, program, *arguments):
        own = self.programs / (program + ".exe")
        words = [str(own) if own.exists() else program, *arguments]
        return words if self.native else ["wine", *words]

    def run(self, program, *arguments):
        return subprocess.run(
            self.command(program, *arguments), env=self.environment, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=PATIENCE, check=False)

    def popen(self, program, *arguments):
        return subprocess.Popen(
            self.command(program, *arguments), env=self.environment, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def data_directory(self):
        if self.native:
            return pathlib.Path(os.environ["ProgramData"]) / "Proctor"
        return self.prefix / "drive_c" / "ProgramData" / "Proctor"

    def windows_path(self, path):
        return str(path) if self.native else "Z:" + str(path).replace("/", "\\")

    def service_state(self):
        """STOPPED, RUNNING, …; None when there is no such service."""
        result = self.run("sc", "query", "proctord")
        if result.returncode != 0:
            return None
        for word in ("START_PENDING", "STOP_PENDING", "RUNNING", "STOPPED"):
            if word.encode() in result.stdout:
                return word
        raise AssertionError(result.stdout)

    def close(self):
        if self.native:
            self.run("proctord", "uninstall")
            shutil.rmtree(self.data_directory(), ignore_errors=True)
            return
        subprocess.run(["wineserver", "-k", "-w"], env=self.environment, check=False)
        shutil.rmtree(self.prefix, ignore_errors=True)
