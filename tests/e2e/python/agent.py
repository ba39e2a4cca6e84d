"""A proctord on a directory of its own."""

import os
import subprocess
import tempfile

from job_hosts import end_job_hosts


class Agent:
    """Starts proctord; stop() ends it and its job host, and removes what they left."""

    def __init__(self, bin_directory):
        self.directory = tempfile.TemporaryDirectory(prefix="proctor-python-")
        os.chmod(self.directory.name, 0o755)
        self.socket = os.path.join(self.directory.name, "agent.sock")
        self.log = open(os.path.join(self.directory.name, "log"), "w+", encoding="utf-8")
        self.process = subprocess.Popen(
            [
                os.path.join(bin_directory, "proctord"),
                "--socket", self.socket,
                "--state-dir", os.path.join(self.directory.name, "state"),
            ],
            stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log)

    def target(self):
        return "unix:" + self.socket

    def log_text(self):
        self.log.seek(0)
        return self.log.read()

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        end_job_hosts(self.directory.name)
        self.log.close()
        self.directory.cleanup()
