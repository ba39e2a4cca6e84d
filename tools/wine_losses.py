"""Prints a regular expression for ctest that matches the failed tests that Wine is known to lose.

usage: wine_losses.py LIST REPORT.xml

A line of the list is a regular expression for names of tests, or "output:" and one for what a test
prints before the agent's log, then white space, and why; empty lines and those that begin with # say
nothing. Prints nothing when no failed test is on the list.
"""

import re
import sys

import test_summary

# tests/conformance/win32/test_agent.cc prints it last.
AGENTS_LOG = "the agent's log:"


def is_lost(pattern, name, output):
    of_output = pattern.removeprefix('output:')
    said = output.partition(AGENTS_LOG)[0]
    return re.search(of_output, said if of_output != pattern else name) is not None


def main():
    listed, report = sys.argv[1:]
    with open(listed, encoding='utf-8') as file:
        patterns = [line.split()[0] for line in file if line.strip() and line[0] != '#']
    _, failed, _ = test_summary.read_stage('', report)
    lost = [re.escape(name) for name, output in failed.items()
            if any(is_lost(pattern, name, output) for pattern in patterns)]
    if lost:
        print(f'^({"|".join(lost)})$')


if __name__ == '__main__':
    main()
