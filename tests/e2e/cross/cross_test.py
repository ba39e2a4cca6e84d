"""Windows and Linux against each other, in a Kerberos realm of the test's own.

Wine's SSPI is the host's GSSAPI under Windows' interface: tokens and signatures are the real ones.
Two things of Windows' it lacks. Its initiator does not pass on channel bindings, so the Linux agent
has to refuse proctor.exe; with bound_gssapi preloaded, which passes them on, the same programs get
on with each other. Its acceptor names neither the service that the client meant nor gives the
client's token, so proctord.exe has to refuse everybody; proctord_wine_sspi.exe is the same program
with both made up.

usage: cross_test.py WINDOWS_PROGRAMS LINUX_PROGRAMS [CLASS.TEST]
"""

import getpass
import hashlib
import json
import os
import pathlib
import pwd
import re
import shutil
import signal
import ssl
import subprocess
import sys
import tempfile
import unittest

sys.path.append(str(pathlib.Path(__file__).parents[1] / "python"))

from job_hosts import end_job_hosts  # noqa: E402, its folder is known only now
from wine_agent import PATIENCE, WineAgent, eventually  # noqa: E402

WINDOWS = pathlib.Path(sys.argv[1])
LINUX = pathlib.Path(sys.argv[2])
# Over the network the superuser's account is nobody's.
USER = "daemon" if os.getuid() == 0 else getpass.getuser()
SERVICE = "proctor/localhost"
SKIPPED = 77


def what_is_missing():
    for program in ("proctord", "proctor-jobhost", "proctor", "realm_main", "negotiate_peer",
                    "libbound_gssapi.so"):
        if not (LINUX / program).exists():
            return f"the Linux programs ({program} in {LINUX.name}; linux-release makes them)"
    started = subprocess.run([LINUX / "realm_main"], stdin=subprocess.DEVNULL,
                             stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False)
    return started.stderr.decode().strip() if started.returncode == SKIPPED else ""


class Realm:
    """A KDC with the user who runs the tests, and the agents' service."""

    def __init__(self):
        self.process = subprocess.Popen(
            [LINUX / "realm_main", "-u", f"{USER}:secret", "-s", SERVICE],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.values = {}
        for line in self.process.stdout:
            name, _, value = line.decode().rstrip("\n").partition("=")
            if not name:
                break
            self.values[name] = value
        self.ccache = self.values[f"CCACHE_{USER}"]
        self.keytab = self.values[f"KEYTAB_{SERVICE}"]
        told = ("REALM", "CCACHE_", "KEYTAB_")
        self.environment = {name: value for name, value in self.values.items()
                            if not name.startswith(told)}

    def stop(self):
        self.process.stdin.close()
        self.process.wait(timeout=PATIENCE)
        self.process.stdout.close()


class ContextTestCase(unittest.TestCase):
    """The security contexts of both platforms, without anything around them."""

    BINDING = "5a" * 32

    def setUp(self):
        self.realm = Realm()
        self.addCleanup(self.realm.stop)
        self.environment = dict(os.environ, KRB5CCNAME="FILE:" + self.realm.ccache,
                                KRB5_KTNAME=self.realm.keytab, **self.realm.environment)

    def windows(self, program, *words, passed_on=None):
        environment = self.environment
        if passed_on is not None:
            environment = dict(environment, PROCTOR_TEST_BINDING=passed_on,
                               LD_PRELOAD=str(LINUX / "libbound_gssapi.so"))
        return ["wine", WINDOWS / program, *words], environment

    def linux(self, *words):
        return [LINUX / "negotiate_peer", *words], self.environment

    def exchange(self, initiator, acceptor):
        """Joins two programs by two pipes; what each of them came to and said."""
        to_acceptor, to_initiator = os.pipe(), os.pipe()
        ends = []
        for (command, environment), source, target in (
                (initiator, to_initiator[0], to_acceptor[1]),
                (acceptor, to_acceptor[0], to_initiator[1])):
            ends.append(subprocess.Popen(command, env=environment, stdin=source, stdout=target,
                                         stderr=subprocess.PIPE))
        for descriptor in (*to_acceptor, *to_initiator):
            os.close(descriptor)
        said = [end.communicate(timeout=PATIENCE)[1].decode(errors="replace") for end in ends]
        return [end.returncode for end in ends], said

    def assert_good(self, initiator, acceptor):
        codes, said = self.exchange(initiator, acceptor)
        self.assertEqual(codes, [0, 0], said)
        return said

    def test_linux_and_linux(self):
        self.assert_good(self.linux("initiate", SERVICE, self.BINDING),
                         self.linux("accept", SERVICE, self.BINDING))

    def test_a_windows_client_that_is_bound_and_a_linux_agent(self):
        said = self.assert_good(
            self.windows("negotiate_peer.exe", "initiate", SERVICE, self.BINDING,
                         passed_on=self.BINDING),
            self.linux("accept", SERVICE, self.BINDING))
        self.assertIn(USER, said[1])

    def test_a_windows_client_that_is_not_bound_and_a_linux_agent(self):
        codes, said = self.exchange(
            self.windows("negotiate_peer.exe", "initiate", SERVICE, self.BINDING),
            self.linux("accept", SERVICE, self.BINDING))
        self.assertEqual(codes, [1, 1], said)
        self.assertIn("not bound to this TLS connection", said[1])

    def test_a_windows_client_that_is_bound_to_another_certificate(self):
        codes, said = self.exchange(
            self.windows("negotiate_peer.exe", "initiate", SERVICE, self.BINDING,
                         passed_on="00" * 32),
            self.linux("accept", SERVICE, self.BINDING))
        self.assertEqual(codes, [1, 1], said)
        self.assertIn("gss_accept_sec_context", said[1])

    def test_a_linux_client_and_a_windows_agent(self):
        self.assert_good(
            self.linux("initiate", SERVICE, self.BINDING),
            self.windows("negotiate_peer_wine_sspi.exe", "accept", SERVICE, self.BINDING))

    def test_a_linux_client_that_means_another_service(self):
        codes, said = self.exchange(
            self.linux("initiate", SERVICE, self.BINDING),
            self.windows("negotiate_peer_wine_sspi.exe", "accept", "proctor/other", self.BINDING))
        self.assertEqual(codes, [1, 1], said)
        self.assertIn("the client meant", said[1])

    def test_a_windows_agent_whose_system_does_not_tell_the_service(self):
        codes, said = self.exchange(
            self.linux("initiate", SERVICE, self.BINDING),
            self.windows("negotiate_peer.exe", "accept", SERVICE, self.BINDING))
        self.assertEqual(codes, [1, 1], said)
        self.assertIn("CLIENT_SPECIFIED_TARGET", said[1])

    def test_a_windows_client_without_a_ticket(self):
        os.unlink(self.realm.ccache)
        codes, said = self.exchange(
            self.windows("negotiate_peer.exe", "initiate", SERVICE, self.BINDING),
            self.linux("accept", SERVICE, self.BINDING))
        self.assertEqual(codes, [1, 1], said)
        self.assertIn("SEC_E_NO_CREDENTIALS", said[0])


class LinuxAgent:
    """proctord on a directory of its own, with TLS and Negotiate."""

    def __init__(self, realm):
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="proctor-cross."))
        config = self.directory / "proctord.textproto"
        config.write_text(
            f'socket: "{self.directory}/agent.sock"\n'
            f'state_directory: "{self.directory}/state"\n'
            'tls_listen: "127.0.0.1:0"\n'
            f'negotiate {{ keytab: "{realm.keytab}" service_principal: "{SERVICE}" }}\n')
        self.log_path = self.directory / "proctord.log"
        with open(self.log_path, "wb") as log:
            self.process = subprocess.Popen(
                [LINUX / "proctord", "--config", config, "--log-level", "debug"],
                env=dict(os.environ, **realm.environment), stdin=subprocess.DEVNULL, stdout=log,
                stderr=log)
        port = eventually(lambda: re.search(r"TLS on 127\.0\.0\.1:(\d+)", self.log()),
                          "the agent listens: " + self.log()).group(1)
        self.endpoint = "localhost:" + port

    def log(self):
        return self.log_path.read_text(errors="replace")

    def binding(self):
        """The certificate's "tls-server-end-point" hash: it is signed with SHA-256."""
        pem = (self.directory / "state" / "tls.crt").read_text()
        return hashlib.sha256(ssl.PEM_cert_to_DER_cert(pem)).hexdigest()

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(timeout=PATIENCE)
        end_job_hosts(self.directory)
        shutil.rmtree(self.directory, ignore_errors=True)


class WindowsClientTestCase(unittest.TestCase):
    """proctor.exe and the Linux agent."""

    def setUp(self):
        self.realm = Realm()
        self.addCleanup(self.realm.stop)
        self.agent = LinuxAgent(self.realm)
        self.addCleanup(self.agent.stop)

    def proctor(self, *arguments, binding=None, timeout=PATIENCE):
        environment = dict(os.environ, PROCTOR_AGENT=self.agent.endpoint,
                           KRB5CCNAME="FILE:" + self.realm.ccache, **self.realm.environment)
        if binding is not None:
            environment["PROCTOR_TEST_BINDING"] = binding
            environment["LD_PRELOAD"] = str(LINUX / "libbound_gssapi.so")
        return subprocess.run(
            ["wine", WINDOWS / "proctor.exe", *arguments], env=environment,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            timeout=timeout, check=False)

    def bound(self, *arguments):
        return self.proctor(*arguments, binding=self.agent.binding())

    def test_a_token_without_a_binding_is_refused(self):
        result = self.proctor("whoami")
        self.assertNotEqual(result.returncode, 0)
        self.assertIn("not bound to this TLS connection", self.agent.log())

    def test_a_token_bound_to_another_certificate_is_refused(self):
        result = self.proctor("whoami", binding="00" * 32)
        self.assertNotEqual(result.returncode, 0)
        self.assertIn("bound to another TLS connection", self.agent.log())
        self.assertNotIn("authenticated", self.agent.log())

    def test_the_agent_knows_who_calls(self):
        result = self.bound("--json", "whoami")
        self.assertEqual(result.returncode, 0, result.stderr)
        who = json.loads(result.stdout)
        self.assertEqual(who["principal"]["name"], USER)
        self.assertEqual(int(who["principal"]["posix"].get("uid", 0)), pwd.getpwnam(USER).pw_uid)
        self.assertIn("Kerberos", who["mechanism"])
        self.assertTrue(who["authentication"]["channelBound"])
        self.assertTrue(who["authentication"]["servicePrincipal"].startswith(SERVICE))

    def test_a_run_gives_output_and_exit_code(self):
        result = self.bound("run", "--", "sh", "-c", "id -un; exit 7")
        self.assertEqual(result.returncode, 7, result.stderr)
        self.assertEqual(result.stdout.decode().strip(), USER)

    def test_launch_kill_and_wait(self):
        launched = self.bound("launch", "--", "sleep", "600")
        self.assertEqual(launched.returncode, 0, launched.stderr)
        job = launched.stdout.decode().strip()
        killed = self.bound("kill", "--now", job)
        self.assertEqual(killed.returncode, 0, killed.stderr)
        waited = self.bound("wait", job)
        self.assertEqual(waited.returncode, 128 + signal.SIGKILL, waited.stderr)

    def test_without_a_ticket_nothing_is_sent(self):
        os.unlink(self.realm.ccache)
        result = self.bound("whoami")
        self.assertNotEqual(result.returncode, 0)
        self.assertIn(b"SEC_E_NO_CREDENTIALS", result.stderr)


class LinuxClientTestCase(unittest.TestCase):
    """The Linux client and proctord.exe."""

    def setUp(self):
        self.realm = Realm()
        self.addCleanup(self.realm.stop)
        self.agent = WineAgent(WINDOWS)
        self.addCleanup(self.agent.stop)
        self.agent.environment.update(self.realm.environment, KRB5_KTNAME=self.realm.keytab)

    def start(self, program):
        (self.agent.directory / "proctord.textproto").write_text(
            f'tls_listen: "127.0.0.1:0"\nnegotiate {{ service_principal: "{SERVICE}" }}\n')
        self.agent.start(program, "--config",
                         self.agent.windows_path(self.agent.directory / "proctord.textproto"))
        port = re.search(r"TLS on 127\.0\.0\.1:(\d+)", self.log()).group(1)
        self.endpoint = "localhost:" + port

    def log(self):
        return (self.agent.directory / "agent.log").read_text(errors="replace")

    def proctor(self, *arguments):
        environment = dict(os.environ, PROCTOR_AGENT=self.endpoint,
                           KRB5CCNAME="FILE:" + self.realm.ccache, **self.realm.environment)
        return subprocess.run(
            [LINUX / "proctor", *arguments], env=environment, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=PATIENCE, check=False)

    def test_an_sspi_that_does_not_tell_the_service_is_not_trusted(self):
        self.start("proctord.exe")
        result = self.proctor("whoami")
        self.assertNotEqual(result.returncode, 0)
        self.assertIn("CLIENT_SPECIFIED_TARGET", self.log())
        self.assertNotIn("by Kerberos", self.log())

    def test_both_ends_prove_themselves(self):
        self.start("proctord_wine_sspi.exe")
        result = self.proctor("--json", "whoami")
        self.assertEqual(result.returncode, 0, result.stderr + self.log().encode())
        who = json.loads(result.stdout)
        self.assertEqual(who["mechanism"], "Kerberos (Negotiate, SSPI)")
        self.assertTrue(who["principal"]["windows"]["sid"].startswith("S-1-"))

    def test_a_run_gives_output_and_exit_code(self):
        self.start("proctord_wine_sspi.exe")
        result = self.proctor("run", "--", "cmd.exe", "/c", "echo to-you& exit 7")
        self.assertEqual(result.stdout.strip(), b"to-you", result.stderr)
        self.assertEqual(result.returncode, 7)

    def test_launch_kill_and_wait(self):
        self.start("proctord_wine_sspi.exe")
        launched = self.proctor("launch", "--", "cmd.exe", "/c", "ping -n 600 127.0.0.1 >NUL")
        self.assertEqual(launched.returncode, 0, launched.stderr)
        job = launched.stdout.decode().strip()
        killed = self.proctor("kill", "--now", job)
        self.assertEqual(killed.returncode, 0, killed.stderr)
        waited = self.proctor("wait", job)
        self.assertNotEqual(waited.returncode, 0, waited.stderr)


if __name__ == "__main__":
    MISSING = what_is_missing()
    if MISSING:
        print("needs " + MISSING)
        sys.exit(SKIPPED)
    del sys.argv[1:3]
    unittest.main(verbosity=2)
