"""tools/test itself: the order of its stages, what it leaves out when time is short, and which failed
tests it runs again. Compilers, ctest, Wine and the package manager are stand-ins."""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

SOURCE = pathlib.Path(__file__).resolve().parents[2]
STAGES = ["lint", "linux-release", "windows-release", "linux-asan", "linux-tsan", "linux-fuzz"]

NOTHING = "exit 0\n"
COMMANDS = {
    "cmake": NOTHING, "ninja": NOTHING, "wine": NOTHING, "wineserver": NOTHING, "sudo": "exit 1\n",
    "dpkg-query": 'shift 2\nfor package; do echo "installed $package"; done\n',
    # The report is named by what it is of; a second run has one of its own.
    "ctest": """
only=
while [ $# -gt 0 ]; do
  case $1 in
    --test-dir) preset=${2#build/} ;;
    --output-junit) report=$2 ;;
    -L) label=$2 ;;
    -R) only=$2; echo "$2" >>"$ROOT/again" ;;
  esac
  shift
done
mkdir -p "${report%/*}"
cp "$ROOT/reports/$preset-$label${only:+-again}.xml" "$report" 2>/dev/null ||
  echo '<testsuite><testcase name="Any.Test" status="run"/></testsuite>' >"$report"
""",
}
TOOLS = {"lint": NOTHING, "fuzz": NOTHING, "windows/libraries": "echo /nowhere\n"}


def write_script(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("#!/bin/sh\n" + text, encoding="utf-8")
    path.chmod(0o755)


class TestCommandTest(unittest.TestCase):

    def setUp(self):
        directory = tempfile.TemporaryDirectory(prefix="proctor-test-command-")
        self.addCleanup(directory.cleanup)
        self.root = pathlib.Path(directory.name)
        for name in ("test", "setup", "steps.bash", "test_summary.py", "wine_losses.py"):
            (self.root / "tools").mkdir(exist_ok=True)
            shutil.copy(SOURCE / "tools" / name, self.root / "tools")
        with open(self.root / "tools/steps.bash", "a", encoding="utf-8") as steps:
            steps.write("\ndebian_release() { echo 12; }\n")
        for name, text in TOOLS.items():
            write_script(self.root / "tools" / name, text)
        for name, text in COMMANDS.items():
            write_script(self.root / "commands" / name, text)
        (self.root / "tests").mkdir()
        (self.root / "tests/wine_losses.txt").write_text("# Why.\n^Lost\\.    by Wine\n"
                                                         "output:lost.it    by Wine\n",
                                                         encoding="utf-8")
        (self.root / "reports").mkdir()

    def report(self, name, **tests):
        """A JUnit file: the names of tests, with dots for underscores, and whether each passes, or
        what one that does not says."""
        cases = "".join(
            f'<testcase name="{test.replace("_", ".")}" '
            + ('status="run"/>' if passed is True else
               f'status="fail"><failure/><system-out>{passed or ""}</system-out></testcase>')
            for test, passed in tests.items())
        (self.root / "reports" / f"{name}.xml").write_text(f"<testsuite>{cases}</testsuite>",
                                                           encoding="utf-8")

    def again(self):
        file = self.root / "again"
        return file.read_text(encoding="utf-8").split() if file.exists() else []

    def run_test(self, *options):
        environment = dict(os.environ, ROOT=str(self.root),
                           PATH=f"{self.root}/commands:/usr/local/bin:/usr/bin:/bin")
        return subprocess.run(["tools/test", *options], cwd=self.root, env=environment, text=True,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, check=False,
                              stderr=subprocess.STDOUT, timeout=100)

    def test_the_stages_come_in_their_order_and_each_says_its_time(self):
        run = self.run_test()
        self.assertEqual(run.returncode, 0, run.stdout)
        steps = re.findall(r"(?m)^\[\d+/\d+\] ([a-z-]+)", run.stdout)
        self.assertEqual(list(dict.fromkeys(steps)), STAGES)
        self.assertEqual(re.findall(r"(?m)^  [ \d]{4}\d s  (\S+)$", run.stdout), STAGES)
        self.assertRegex(run.stdout.splitlines()[-1], r"^\d+ passed, 0 failed, 0 skipped$")
        counted, total = re.findall(r"(?m)^\[(\d+)/(\d+)\]", run.stdout)[-1]
        self.assertEqual(counted, total)

    def test_only_thread_sanitizer_and_the_fuzzers_are_left_out_for_time(self):
        run = self.run_test("--minutes", "0")
        self.assertEqual(run.returncode, 0, run.stdout)
        self.assertEqual(re.findall(r"(?m)^  [ \d]{4}\d s  (\S+)$", run.stdout), STAGES[:4])
        last = [line for line in run.stdout.splitlines() if line][-2:]
        self.assertEqual(last[0], "left out, for want of time: linux-tsan, linux-fuzz")
        self.assertRegex(last[1], r"^\d+ passed, 0 failed, 2 skipped$")

    def test_what_wine_is_known_to_lose_is_run_again_once_and_counted(self):
        self.report("windows-release-conformance", Lost_One=False, Kept_One=True)
        self.report("windows-release-conformance-again", Lost_One=True)
        run = self.run_test("--no-lint", "--no-sanitizers")
        self.assertEqual(run.returncode, 0, run.stdout)
        self.assertEqual(self.again(), [r"^(Lost\.One)$"])
        self.assertIn("1 run again, which Wine loses now and then", run.stdout)

    def test_a_test_that_fails_again_has_failed(self):
        self.report("windows-release-conformance", Lost_One=False)
        self.report("windows-release-conformance-again", Lost_One=False)
        run = self.run_test("--no-lint", "--no-sanitizers")
        self.assertEqual(run.returncode, 1, run.stdout)
        self.assertRegex(run.stdout.splitlines()[-1], r"^\d+ passed, 1 failed, 0 skipped$")

    def test_so_is_what_says_that_wine_has_lost_it(self):
        self.report("windows-release-conformance", Other_One="wine: lost it")
        self.report("windows-release-conformance-again", Other_One=True)
        run = self.run_test("--no-lint", "--no-sanitizers")
        self.assertEqual(run.returncode, 0, run.stdout)
        self.assertEqual(self.again(), [r"^(Other\.One)$"])

    def test_what_the_agents_log_says_is_no_reason(self):
        self.report("windows-release-conformance",
                    Other_One="a.cc:7: Failure\nthe agent's log:\nwine: lost it")
        run = self.run_test("--no-lint", "--no-sanitizers")
        self.assertEqual(run.returncode, 1, run.stdout)
        self.assertEqual(self.again(), [])

    def test_an_error_code_of_wine_is_a_word(self):
        shutil.copy(SOURCE / "tests/wine_losses.txt", self.root / "tests")
        self.report("windows-release-conformance",
                    Other_One="CreateProcessAsUserW: ERROR_INTERNAL_ERROR (1359)",
                    Other_Two="CreateProcessAsUserW of job 91359b: ERROR_ACCESS_DENIED (5)")
        self.run_test("--no-lint", "--no-sanitizers")
        self.assertEqual(self.again(), [r"^(Other\.One)$"])

    def test_a_program_that_wine_did_not_begin_says_nothing(self):
        shutil.copy(SOURCE / "tests/wine_losses.txt", self.root / "tests")
        self.report("windows-release-unit", Other_One="\n", Other_Two="Running main()\n")
        self.run_test("--no-lint", "--no-sanitizers")
        self.assertEqual(self.again(), [r"^(Other\.One)$"])

    def test_the_summary_says_what_a_failed_test_said(self):
        self.report("linux-release-e2e", Other_One="noise\na.cc:7: Failure\nexpected that")
        run = self.run_test("--no-lint", "--no-sanitizers")
        self.assertRegex(run.stdout, r"Other\.One\n    \| a\.cc:7: Failure\n    \| expected that\n")

    def test_nothing_else_is_run_again(self):
        self.report("windows-release-e2e", Other_One=False)
        self.report("linux-release-e2e", Lost_One=False)
        run = self.run_test("--no-lint", "--no-sanitizers")
        self.assertEqual(run.returncode, 1, run.stdout)
        self.assertEqual(self.again(), [])
        self.assertRegex(run.stdout.splitlines()[-1], r"^\d+ passed, 2 failed, 0 skipped$")


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0]] + sys.argv[1:])
