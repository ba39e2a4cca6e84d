"""The job hosts of a test's agent."""

import os
import pathlib
import signal
import time

PATIENCE = 20


def end_job_hosts(directory):
    """Ends those that name `directory` on their command line, and sees that no cgroup of theirs is
    left. SIGTERM, since one that is killed can take nothing away."""
    for pid, words in _job_hosts(str(directory).encode()):
        _end(pid)
        for word in words:
            if word.startswith(b"--instance="):
                left = _cgroups("proctor-" + word.split(b"=")[1].decode())
                assert not left, f"the job host left {left}"


def _job_hosts(directory):
    """By pid, and never by name alone."""
    for entry in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            words = (entry / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if words[0].endswith(b"proctor-jobhost") and any(directory in word for word in words):
            yield int(entry.name), words


def _cgroups(name):
    return [str(path) for pattern in (name, "*/" + name)
            for path in pathlib.Path("/sys/fs/cgroup").glob(pattern)]


def _end(pid):
    try:
        handle = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    try:
        signal.pidfd_send_signal(handle, signal.SIGTERM)
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            signal.pidfd_send_signal(handle, 0)
            time.sleep(0.02)
        signal.pidfd_send_signal(handle, signal.SIGKILL)
    except ProcessLookupError:
        pass
    finally:
        os.close(handle)
