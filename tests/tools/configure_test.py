"""A build that is configured again has nothing to build anew."""

import pathlib
import subprocess
import tempfile
import unittest

SOURCE = pathlib.Path(__file__).resolve().parents[2]
PROJECT = f"""
cmake_minimum_required(VERSION 3.22)
project(configured_again CXX)
include("{SOURCE}/tools/cmake/ProctorPrecompiled.cmake")
proctor_pch_owner(owner base OFF)
"""


class ConfigureTest(unittest.TestCase):

    def test_what_was_generated_is_left_alone(self):
        with tempfile.TemporaryDirectory(prefix="proctor-configure-") as name:
            root = pathlib.Path(name)
            (root / "CMakeLists.txt").write_text(PROJECT, encoding="utf-8")

            def configure():
                subprocess.run(["cmake", "-G", "Ninja", "-S", root, "-B", root / "build"],
                               check=True, capture_output=True)
                return {file: file.stat().st_mtime_ns
                        for file in (root / "build/generated").iterdir()}

            first = configure()
            self.assertTrue(first)
            self.assertEqual(configure(), first)


if __name__ == "__main__":
    unittest.main()
