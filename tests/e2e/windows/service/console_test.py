"""Ctrl-C at `proctor run`: Wine makes one of SIGINT."""

import json
import os
import signal
import sys
import unittest

from windows_system import PATIENCE, WindowsSystem, eventually

PROGRAMS = sys.argv.pop(1)


class ProgramTest(unittest.TestCase):
    def setUp(self):
        if os.name == "nt":
            self.skipTest("needs Wine, which makes a Ctrl-C of SIGINT")
        self.system = WindowsSystem(PROGRAMS)
        self.addCleanup(self.system.close)
        self.agent = self.system.popen("proctord")
        self.addCleanup(self.agent.wait)
        self.addCleanup(self.agent.kill)
        eventually(lambda: self.system.run("proctor", "info").returncode == 0, "the agent answers")

    def jobs(self):
        result = self.system.run("proctor", "--json", "ps", "--all")
        self.assertEqual(result.returncode, 0, result.stderr)
        return [json.loads(line) for line in result.stdout.splitlines() if line.strip()]

    def test_ctrl_c_ends_the_job_and_then_the_command(self):
        command = self.system.popen("proctor", "run", "--grace", "1s", "--", "ping", "-n", "100",
                                    "127.0.0.1")
        self.addCleanup(command.kill)
        eventually(self.jobs, "the job is there")
        command.send_signal(signal.SIGINT)
        _, told = command.communicate(timeout=PATIENCE)
        [job] = self.jobs()
        self.assertEqual(job["state"], "FINISHED", job)
        self.assertEqual(job["exit"]["reason"], "KILLED", job)
        # What Wine's own handler of Ctrl-C ends a program with is 0.
        self.assertEqual(command.returncode, job["exit"]["exitCode"] & 0xFF, told)


def main():
    program = unittest.main(verbosity=2, exit=False)
    result = program.result
    for _, reason in result.skipped:
        print(reason)
    skipped = result.skipped and not result.failures and not result.errors
    sys.exit(77 if skipped else 0 if result.wasSuccessful() else 1)


if __name__ == "__main__":
    main()
