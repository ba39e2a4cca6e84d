"""Prints a regular expression for ctest that matches the failed tests that Wine is known to lose.

usage: wine_losses.py LIST REPORT.xml

A line of the list is a regular expression for names of tests, white space, and why; empty lines and
those that begin with # say nothing. Prints nothing when no failed test is on the list.
"""

import re
import sys

import test_summary


def main():
    listed, report = sys.argv[1:]
    with open(listed, encoding='utf-8') as file:
        patterns = [line.split()[0] for line in file if line.strip() and line[0] != '#']
    _, failed, _ = test_summary.read_stage('', report)
    lost = [re.escape(name) for name in failed
            if any(re.search(pattern, name) for pattern in patterns)]
    if lost:
        print(f'^({"|".join(lost)})$')


if __name__ == '__main__':
    main()
