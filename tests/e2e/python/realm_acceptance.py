"""Two machines of a realm: kinit, and proctor --agent just works; nothing else is configured on the
client than the realm, and on the agent than where it listens, its keytab and its policy."""

import argparse
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time
import unittest

from accounts import Account
from job_hosts import end_job_hosts
from network import Network, Skip, environment
from realm import Realm

SERVICE = "proctor/agent.test"
PATIENCE = 60
BIN = ""

CONFIG = """
socket: "{directory}/agent.sock"
state_directory: "{directory}/state"
tls_listen: "{address}:7707"
policy {{
  run_as {{
    callers {{ user: "{controller}" }}
    users {{ user: "{alice}" user: "root" }}
  }}
}}
"""


class RemoteAgent:
    """proctord on a machine of the network."""

    def __init__(self, machine, realm, accounts):
        self._directory = tempfile.TemporaryDirectory(prefix="proctor-realm-agent-")
        path = self._directory.name
        os.chmod(path, 0o755)
        os.mkdir(os.path.join(path, "state"), 0o700)
        config = os.path.join(path, "agent.textproto")
        names = {principal: account.name for principal, account in accounts.items()}
        pathlib.Path(config).write_text(
            CONFIG.format(directory=path, address=machine.address, **names), encoding="utf-8")
        self._log = open(os.path.join(path, "log"), "w+", encoding="utf-8")
        self._process = subprocess.Popen(
            machine.words(os.path.join(BIN, "proctord"), "--config", config),
            env=environment(realm.acceptor(SERVICE)), stdin=subprocess.DEVNULL,
            stdout=self._log, stderr=self._log)

    def log_text(self):
        self._log.flush()
        return pathlib.Path(self._log.name).read_text(encoding="utf-8")

    def alive(self):
        return self._process.poll() is None

    def stop(self):
        if self.alive():
            self._process.terminate()
        self._process.wait(timeout=PATIENCE)
        end_job_hosts(self._directory.name)
        self._log.close()
        self._directory.cleanup()


class RealmAcceptance(unittest.TestCase):
    """Who can do what from the client's machine."""

    @classmethod
    def setUpClass(cls):
        cls.network = Network()
        cls.addClassCleanup(cls.network.close)
        cls.accounts = {}
        for principal in ("alice", "bob", "controller"):
            cls.accounts[principal] = Account()
            cls.addClassCleanup(cls.accounts[principal].remove)
        names = {principal: account.name for principal, account in cls.accounts.items()}
        cls.realm = Realm(BIN, cls.network.agent, names, [SERVICE])
        cls.addClassCleanup(cls.realm.stop)
        cls.agent = RemoteAgent(cls.network.agent, cls.realm, cls.accounts)
        cls.addClassCleanup(cls.agent.stop)
        cls._kinit_all()
        cls._await_agent()

    @classmethod
    def _kinit_all(cls):
        for principal in cls.accounts:
            done = cls.network.client.run("kinit", "-f", principal, input="secret\n",
                                          env=cls._as(principal))
            assert done.returncode == 0, done.stdout + done.stderr

    @classmethod
    def _await_agent(cls):
        deadline = time.monotonic() + PATIENCE
        while cls.proctor("alice", "info").returncode != 0:
            if not cls.agent.alive() or time.monotonic() > deadline:
                raise RuntimeError("the agent does not answer:\n" + cls.agent.log_text() +
                                   cls.proctor("alice", "info").stderr)
            time.sleep(0.1)

    @classmethod
    def _as(cls, principal):
        return cls.realm.client(cls.realm.file(principal + ".client-ccache"))

    @classmethod
    def proctor(cls, principal, *words):
        """`proctor --agent agent.test WORDS…` on the client's machine, with the principal's ticket."""
        command = [os.path.join(BIN, "proctor"), words[0], "--agent", "agent.test", *words[1:]]
        return cls.network.client.run(*command, env=cls._as(principal))

    def assertSucceeds(self, done):
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_each_principal_is_its_account(self):
        for principal, account in self.accounts.items():
            done = self.proctor(principal, "run", "--", "id")
            self.assertSucceeds(done)
            expected = subprocess.run(["id", account.name], check=True, text=True,
                                      capture_output=True).stdout
            self.assertEqual(done.stdout, expected)

    def test_whoami_tells_the_realm_and_the_proof(self):
        done = self.proctor("alice", "whoami", "--json")
        self.assertSucceeds(done)
        for part in ("alice@PROCTOR.TEST", self.accounts["alice"].name, SERVICE + "@PROCTOR.TEST"):
            self.assertIn(part, done.stdout)
        self.assertRegex(done.stdout, r'"channelBound": ?true')

    def test_another_principal_does_not_see_the_job(self):
        done = self.proctor("alice", "launch", "--", "sleep", "1000")
        self.assertSucceeds(done)
        job = re.search(r"\b[0-9a-z]{16,}\b", done.stdout).group(0)
        try:
            self.assertSucceeds(self.proctor("alice", "inspect", job))
            others = self.proctor("bob", "inspect", job)
            nobodys = self.proctor("bob", "inspect", job[:-4] + "0000")
            self.assertNotEqual(others.returncode, 0)
            self.assertEqual(others.stderr.replace(job, "JOB"),
                             nobodys.stderr.replace(job[:-4] + "0000", "JOB"))
            self.assertNotIn(job, self.proctor("bob", "ps", "--all").stdout)
            self.assertNotEqual(self.proctor("bob", "kill", job).returncode, 0)
        finally:
            self.assertSucceeds(self.proctor("alice", "kill", "--grace", "0s", job))

    def test_a_controller_launches_for_whom_the_policy_names(self):
        done = self.proctor("controller", "run", "--run-as", self.accounts["alice"].name, "--",
                            "id", "-u")
        self.assertSucceeds(done)
        self.assertEqual(done.stdout, f"{self.accounts['alice'].uid}\n")

    def test_a_controller_launches_for_nobody_else(self):
        for account in ("root", self.accounts["bob"].name):
            done = self.proctor("controller", "run", "--run-as", account, "--", "id", "-u")
            self.assertNotEqual(done.returncode, 0, account)
            self.assertEqual(done.stdout, "", account)
            self.assertIn("no policy lets", done.stderr)
        done = self.proctor("bob", "run", "--run-as", self.accounts["alice"].name, "--", "id", "-u")
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("no policy lets", done.stderr)

    def test_without_a_ticket_nothing_works_and_the_advice_is_kinit(self):
        env = self.realm.client(self.realm.file("no-such-ccache"))
        done = self.network.client.run(os.path.join(BIN, "proctor"), "whoami", "--agent",
                                       "agent.test", env=env)
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("kinit", done.stderr)


def main():
    global BIN  # pylint: disable=global-statement
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", required=True)
    BIN = parser.parse_args().bin
    try:
        result = unittest.main(argv=[sys.argv[0]], exit=False).result
    except Skip as missing:
        print(f"needs {missing}")
        return 77
    missing = [text for _, text in result.errors if "network.Skip" in text]
    if missing and len(missing) == len(result.errors):
        print("needs " + missing[0].strip().rsplit("network.Skip: ", 1)[-1])
        return 77
    return 0 if result.wasSuccessful() else 1


if __name__ == "__main__":
    sys.exit(main())
