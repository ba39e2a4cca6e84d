"""Accounts of this machine that exist for one test."""

import fcntl
import os
import pwd
import subprocess

_made = 0


def _change(*words):
    # The account tools wait whole seconds for each other's lock; ours is waited for in the kernel.
    directory = os.open("/etc", os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(directory, fcntl.LOCK_EX)
        subprocess.run(words, check=True, capture_output=True)
    finally:
        os.close(directory)


class Account:
    """The name is as those of tests/e2e/test_user.cc, whose next run removes what is left over."""

    def __init__(self):
        global _made  # pylint: disable=global-statement
        _made += 1
        self.name = f"proctor-t{os.getpid()}-{1000 + _made}"
        _change("useradd", "--create-home", "--skel", "/dev/null", "--shell", "/bin/sh",
                "--user-group", self.name)
        self.uid = pwd.getpwnam(self.name).pw_uid

    def remove(self):
        _change("userdel", "--remove", self.name)
