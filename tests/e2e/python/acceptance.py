"""What test scripts have in common: `SCRIPT --bin DIRECTORY`, and exit code 77 with a last line that
names what is missing."""

import argparse
import os
import sys
import unittest

from network import Skip

_bin = ""


def bin_directory():
    return _bin


def program(name):
    """The path of a program that was built."""
    return os.path.join(_bin, name)


def main():
    """Runs the tests of the script, and ends it."""
    global _bin  # pylint: disable=global-statement
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", required=True)
    options, words = parser.parse_known_args()
    _bin = os.path.abspath(options.bin)
    try:
        result = unittest.main(argv=[sys.argv[0], *words], exit=False).result
    except Skip as missing:
        print(f"needs {missing}")
        sys.exit(77)
    missing = [text for _, text in result.errors if "network.Skip" in text]
    if missing and len(missing) == len(result.errors) and not result.failures:
        print("needs " + missing[0].strip().rsplit("network.Skip: ", 1)[-1])
        sys.exit(77)
    sys.exit(0 if result.wasSuccessful() else 1)
