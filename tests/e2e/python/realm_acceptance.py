"""Two machines of a realm: kinit, and proctor --agent just works; nothing else is configured on the
client than the realm, and on the agent than where it listens, its keytab and its policy."""

import os
import pathlib
import signal as signals
import subprocess
import tempfile
import time
import unittest

from acceptance import bin_directory, main, program
from accounts import Account
from job_hosts import end_job_hosts
from network import Network, environment
from realm import Realm
from realm_scenarios import RealmScenarios

SERVICE = "proctor/agent.test"
PATIENCE = 60

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
        self.state = os.path.join(path, "state")
        os.mkdir(self.state, 0o700)
        config = os.path.join(path, "agent.textproto")
        names = {principal: account.name for principal, account in accounts.items()}
        pathlib.Path(config).write_text(
            CONFIG.format(directory=path, address=machine.address, **names), encoding="utf-8")
        self._log = open(os.path.join(path, "log"), "a", encoding="utf-8")
        self._words = machine.words(program("proctord"), "--config", config)
        self._environment = environment(realm.acceptor(SERVICE))
        self._start()

    def _start(self):
        self._process = subprocess.Popen(self._words, env=self._environment,
                                         stdin=subprocess.DEVNULL, stdout=self._log, stderr=self._log)

    def restart(self, number):
        """Ends proctord by the signal, and starts another one; returns without waiting for it."""
        self._process.send_signal(number)
        self._process.wait(timeout=PATIENCE)
        self._start()

    def log_text(self):
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


class Command:
    """A program that goes on, with its output."""

    def __init__(self, words, env):
        self._output = tempfile.NamedTemporaryFile(prefix="proctor-realm-command-")
        self._process = subprocess.Popen(words, env=env, stdin=subprocess.DEVNULL,
                                         stdout=self._output, stderr=self._output)

    def alive(self):
        return self._process.poll() is None

    def log_text(self):
        return pathlib.Path(self._output.name).read_text(encoding="utf-8")

    def wait(self):
        """Until it has ended; its exit code."""
        return self._process.wait(timeout=PATIENCE)

    def close(self):
        if self.alive():
            self._process.kill()
        self.wait()
        self._output.close()


class RealmAcceptance(RealmScenarios, unittest.TestCase):
    """Who can do what from the client's machine."""

    REALM = "PROCTOR.TEST"
    SERVICE = SERVICE

    @classmethod
    def setUpClass(cls):
        cls.network = Network()
        cls.addClassCleanup(cls.network.close)
        cls.accounts = {}
        for principal in ("alice", "bob", "controller"):
            cls.accounts[principal] = Account()
            cls.addClassCleanup(cls.accounts[principal].remove)
        names = {principal: account.name for principal, account in cls.accounts.items()}
        cls.realm = Realm(bin_directory(), cls.network.agent, names, [SERVICE])
        cls.addClassCleanup(cls.realm.stop)
        cls.agent = RemoteAgent(cls.network.agent, cls.realm, cls.accounts)
        cls.STATE = cls.agent.state
        cls.addClassCleanup(cls.agent.stop)
        cls._kinit_all()
        cls._await_agent()

    @classmethod
    def _kinit_all(cls):
        for principal in cls.accounts:
            forwardable = "-F" if principal == "bob" else "-f"
            done = cls.network.client.run("kinit", forwardable, principal, input="secret\n",
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

    @staticmethod
    def _command(*words):
        return [program("proctor"), words[0], "--agent", "agent.test", *words[1:]]

    @classmethod
    def _proctor(cls, env, *words):
        return cls.network.client.run(*cls._command(*words), env=env)

    @classmethod
    def proctor(cls, principal, *words):
        return cls._proctor(cls._as(principal), *words)

    @classmethod
    def proctor_without_ticket(cls, *words):
        return cls._proctor(cls.realm.client(cls.realm.file("no-such-ccache")), *words)

    def start_proctor(self, principal, *words):
        command = Command(self.network.client.words(*self._command(*words)),
                          environment(self._as(principal)))
        self.addCleanup(command.close)
        return command

    @classmethod
    def restart_agent(cls, signal):
        cls.agent.restart(getattr(signals, "SIG" + signal))
        cls._await_agent()

    @classmethod
    def agent_log(cls):
        return cls.agent.log_text()

    @classmethod
    def agent_file(cls, name):
        return cls.realm.file(name)

    @classmethod
    def account(cls, principal):
        return cls.accounts[principal].name

    @staticmethod
    def on_agent(*words):
        return subprocess.run(words, check=True, text=True, capture_output=True).stdout


if __name__ == "__main__":
    main()
