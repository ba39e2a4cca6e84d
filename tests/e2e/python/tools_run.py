"""tools/run and tools/setup as ordinary users meet them: sudo that asks for a password, sudo that does
not, and none at all. The programs are those of the build; compiler and package manager are stand-ins, so
that nothing is compiled, fetched or installed."""

import argparse
import os
import pathlib
import pty
import re
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

from accounts import Account

PATIENCE = 60
PASSWORD = "correct horse"
PROGRAMS = ("proctor", "proctord", "proctor-jobhost", "proctor-logon")
BIN = ""
SOURCE = ""

# What the user's shell finds first: a package is missing until root's apt-get was there.
USER_COMMANDS = {
    "cmake": "exit 0",
    "ninja": "exit 0",
    "dpkg-query": """shift 2
for package; do
  [ "$package" = cmake ] && [ ! -e {directory}/installed ] || echo "installed $package"
done""",
}
# What sudo finds first. tee and chmod would forbid the machine to start services.
ROOT_COMMANDS = {
    "apt-get": """echo "$(id -u) $*" >>{directory}/apt-get.log
case "$*" in *install*) touch {directory}/installed ;; esac""",
    "tee": "exec cat >/dev/null",
    "chmod": "exit 0",
}


def missing_capability():
    if os.geteuid() != 0:
        return "root, to make users"
    for program in ("sudo", "useradd", "chpasswd"):
        if shutil.which(program) is None:
            return program
    return None


def write_commands(directory, commands, root):
    directory.mkdir()
    for name, body in commands.items():
        path = directory / name
        path.write_text("#!/bin/sh\n" + body.format(directory=root) + "\n", encoding="utf-8")
        path.chmod(0o755)


class Terminal:
    """A command of a user at a terminal of its own."""

    def __init__(self, account, directory, environment, *words):
        self.text = ""
        self._pid, self._terminal = pty.fork()
        if self._pid == 0:
            try:
                os.initgroups(account.name, account.uid)
                os.setgid(account.uid)
                os.setuid(account.uid)
                os.chdir(directory)
                os.execve(words[0], words, environment)
            finally:
                os._exit(127)

    def _read(self, deadline):
        """False at the end of the output."""
        ready, _, _ = select.select([self._terminal], [], [], max(0, deadline - time.monotonic()))
        if not ready:
            raise AssertionError(f"nothing more than this was said:\n{self.text}")
        try:
            data = os.read(self._terminal, 4096)
        except OSError:  # EIO: the last process has closed the terminal.
            return False
        self.text += data.decode(errors="replace")
        return bool(data)

    def answer(self, question, line):
        deadline = time.monotonic() + PATIENCE
        while not re.search(question, self.text):
            if not self._read(deadline):
                raise AssertionError(f"it ended before it asked {question!r}:\n{self.text}")
        os.write(self._terminal, line.encode() + b"\n")

    def finish(self):
        """Returns the exit status."""
        deadline = time.monotonic() + PATIENCE
        while self._read(deadline):
            pass
        status = os.waitstatus_to_exitcode(os.waitpid(self._pid, 0)[1])
        self._pid = 0
        return status

    def close(self):
        if self._pid:
            os.kill(self._pid, signal.SIGKILL)
            os.waitpid(self._pid, 0)
        os.close(self._terminal)


class ToolsRunTest(unittest.TestCase):

    def setUp(self):
        self._directory = tempfile.TemporaryDirectory(prefix="proctor-tools-run-")
        self.addCleanup(self._directory.cleanup)
        self.root = pathlib.Path(self._directory.name)
        self.root.chmod(0o755)
        write_commands(self.root / "user", USER_COMMANDS, self.root)
        write_commands(self.root / "root", ROOT_COMMANDS, self.root)
        self.account = Account()
        self.addCleanup(self.account.remove)
        subprocess.run(["chpasswd"], input=f"{self.account.name}:{PASSWORD}\n", text=True, check=True)
        # A clone in a home directory that is closed to others, as Debian makes them.
        home = pathlib.Path("/home", self.account.name)
        home.chmod(0o700)
        self.clone = home / "clone"
        binaries = self.clone / "build/linux-release/bin"
        binaries.mkdir(parents=True)
        for program in PROGRAMS:
            shutil.copy(os.path.join(BIN, program), binaries)
        shutil.copytree(os.path.join(SOURCE, "tools"), self.clone / "tools", symlinks=True)
        subprocess.run(["chown", "-R", f"{self.account.name}:", self.clone], check=True)
        path = f"{self.root}/user:/usr/local/bin:/usr/bin:/bin"
        self.environment = {"PATH": path, "HOME": str(home), "TERM": "dumb", "LANG": "C.UTF-8"}

    def allow_sudo(self, rule):
        sudoers = pathlib.Path("/etc/sudoers.d", self.account.name)
        self.addCleanup(sudoers.unlink)
        descriptor = os.open(sudoers, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o440)
        with open(descriptor, "w", encoding="utf-8") as file:
            file.write(f'Defaults:{self.account.name} secure_path="{self.root}/root:'
                       '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"\n'
                       f"{self.account.name} ALL=(root) {rule}\n")

    def installed(self):
        log = self.root / "apt-get.log"
        return log.read_text(encoding="utf-8") if log.exists() else ""

    def start(self, *options):
        terminal = Terminal(self.account, self.clone, self.environment, "tools/run", *options)
        self.addCleanup(terminal.close)
        return terminal

    def assert_job_ran(self, terminal, status):
        self.assertEqual(status, 0, terminal.text)
        self.assertIn(f'export PATH="{self.clone}/build/linux-release/bin:$PATH"', terminal.text)
        self.assertIn(f"I am uid={self.account.uid}({self.account.name})", terminal.text)

    def assert_nothing_is_left(self):
        for pattern in (["-u", self.account.name], ["-f", r"/tmp/proctor-run\.[^ ]*/agent/proctor"]):
            left = subprocess.run(["pgrep", "-a", *pattern], check=False, capture_output=True,
                                  text=True).stdout.splitlines()
            # One that has ended is waited for by init in its own time.
            self.assertEqual([line for line in left if "<defunct>" not in line], [])

    def test_a_password_can_be_typed(self):
        self.allow_sudo("ALL")
        terminal = self.start()
        terminal.answer(r"\[sudo\] password for", PASSWORD)
        self.assert_job_ran(terminal, terminal.finish())
        self.assertRegex(self.installed(), r"(?m)^0 .* install .*\bcmake$")
        self.assert_nothing_is_left()

    def test_an_agent_of_root_serves_the_user_from_a_closed_home(self):
        self.allow_sudo("NOPASSWD: ALL")
        terminal = self.start("--sudo")
        self.assert_job_ran(terminal, terminal.finish())
        self.assert_nothing_is_left()

    def test_a_user_without_rights_is_told_what_root_would_do(self):
        terminal = self.start()
        terminal.answer(r"\[sudo\] password for", PASSWORD)
        self.assertEqual(terminal.finish(), 1, terminal.text)
        self.assertRegex(terminal.text, r"sudo refused; as root: apt-get install .*cmake")
        self.assertEqual(self.installed(), "")

    def test_without_a_terminal_nobody_is_asked(self):
        self.allow_sudo("ALL")
        run = subprocess.run(["tools/run"], cwd=self.clone, env=self.environment, check=False,
                             stdin=subprocess.DEVNULL, capture_output=True, text=True,
                             user=self.account.uid, group=self.account.uid, extra_groups=[],
                             start_new_session=True, timeout=PATIENCE)
        self.assertEqual(run.returncode, 1, run.stdout + run.stderr)
        self.assertIn("there is no terminal to type a password at; as root: apt-get install",
                      run.stderr)
        self.assertEqual(self.installed(), "")


def main():
    global BIN, SOURCE  # pylint: disable=global-statement
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", required=True)
    parser.add_argument("--source", required=True)
    parser.add_argument("test", nargs="*")
    arguments = parser.parse_args()
    BIN, SOURCE = arguments.bin, arguments.source
    missing = missing_capability()
    if missing is not None:
        print(f"needs {missing}")
        return 77
    program = unittest.main(argv=[sys.argv[0]] + arguments.test, exit=False)
    return 0 if program.result.wasSuccessful() else 1


if __name__ == "__main__":
    sys.exit(main())
