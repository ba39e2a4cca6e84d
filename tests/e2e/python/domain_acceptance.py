"""Machines of an Active Directory domain: what README says about joining is done word for word, and
then kinit, and proctor --agent just works. The agents have their default configuration, beside where
they listen and a policy for run_as."""

import pathlib
import re
import time
import unittest

from acceptance import main, program
from domain import SOURCE, Domain
from realm_scenarios import RealmScenarios

PATIENCE = 60
# Whom no machine's name service has been asked for.
STRANGERS = ["dave", "erin", "frank", "grace", "heidi", "ivan", "judy"]
USERS = ["alice", "bob", "controller", "carol", "expired", "root", *STRANGERS]
# Local accounts of the machine without a name service of the domain's.
LOCAL = ["alice", "bob", "controller", "expired", "host3$"]
GROUPS = {"developers": ["alice", "bob"], "engineering": ["developers"]}

CONFIG = """
tls_listen: "0.0.0.0:7707"
policy {
  run_as {
    callers { user: "controller" }
    users { user: "alice" user: "root" }
  }
}
"""

# As pam-auth-update leaves it on a machine with libpam-winbind.
COMMON_ACCOUNT = """account [success=2 new_authtok_reqd=done default=ignore] pam_unix.so
account [success=1 new_authtok_reqd=done default=ignore] pam_winbind.so
account requisite pam_deny.so
account required pam_permit.so
"""

# Becomes a user and runs a program, without asking the name service, as setpriv(1) does.
BECOME = """
import os, sys
uid, gid, *command = sys.argv[1:]
os.setgroups([])
os.setgid(int(gid))
os.setuid(int(uid))
os.execv(command[0], command)
"""


class Site:
    """What all tests use: `domain`; `adcli` and `msktutil`, members that were joined by these programs,
    with an agent each; `client`, a machine that is no member. What stops it is given to
    `add_cleanup`."""

    def __init__(self, add_cleanup):
        self.domain = Domain(USERS, GROUPS)
        add_cleanup(self.domain.stop)
        self.adcli = self.domain.machine("host2.agent.test", 2)
        self.domain.join(self.adcli, "adcli")
        self.domain.start_winbind(self.adcli)
        self.adcli.write("/etc/pam.d/common-account", COMMON_ACCOUNT)
        self.msktutil = self.domain.machine("host3.agent.test", 3)
        self.domain.join(self.msktutil, "msktutil")
        for account in LOCAL:
            self.msktutil.must("useradd", "--create-home", "--home-dir", f"/var/home/{account}",
                               "--skel", "/dev/null", "--shell", "/bin/sh", account)
        self.msktutil.must("chage", "-E", "1", "expired")
        self.client = self.domain.machine("client.agent.test", 4)
        self.agents = {}
        add_cleanup(self.stop_agents)
        for machine in (self.adcli, self.msktutil):
            self.agents[machine] = start_agent(machine)

    def proctor(self, machine, env, agent, *words):
        """`proctor WORDS…` for the agent of another machine."""
        return machine.run(program("proctor"), words[0], "--agent", agent.name, *words[1:], env=env)

    def stop_agents(self):
        for agent in self.agents.values():
            agent.stop()

    def restart_agent(self, machine):
        self.agents[machine].stop()
        self.agents[machine] = start_agent(machine)


def start_agent(machine):
    """proctord, as it is installed."""
    pam = (SOURCE / "tools/packaging/pam/proctor").read_text(encoding="utf-8")
    machine.write("/etc/pam.d/proctor", pam)
    machine.write("/etc/proctor/proctord.textproto", CONFIG)
    machine.must("mkdir", "-p", "/run/proctor", "/var/home")
    agent = machine.start(program("proctord"))
    deadline = time.monotonic() + PATIENCE
    while machine.run(program("proctor"), "info").returncode != 0:
        if not agent.alive() or time.monotonic() > deadline:
            raise RuntimeError("the agent does not answer:\n" + agent.log_text())
        time.sleep(0.1)
    return agent


SITE = None


def setUpModule():
    global SITE  # pylint: disable=global-statement
    SITE = Site(unittest.addModuleCleanup)


class Member:
    """Of a member: `machine`, and what RealmScenarios asks for."""

    REALM = Domain.REALM
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.machine = getattr(SITE, cls.JOINED_BY)
        cls.SERVICE = "proctor/" + cls.machine.name
        cls.client = SITE.client
        cls.tickets = {}

    def tearDown(self):
        outcome = self._outcome.result
        if any(case is self for case, _ in outcome.failures + outcome.errors):
            print(f"the agent's log after {self}:")
            print("\n".join(SITE.agents[self.machine].log_text().splitlines()[-6:]))

    @classmethod
    def ticket(cls, principal):
        if principal not in cls.tickets:
            cls.tickets[principal] = SITE.domain.kinit(
                cls.client, principal, *(["-f"] if principal == "alice" else []))
        return cls.tickets[principal]

    @classmethod
    def proctor(cls, principal, *words):
        return SITE.proctor(cls.client, cls.ticket(principal), cls.machine, *words)

    @classmethod
    def proctor_without_ticket(cls, *words):
        return SITE.proctor(cls.client, SITE.domain.client("/run/none"), cls.machine, *words)

    @classmethod
    def account(cls, principal):
        return principal

    @classmethod
    def on_agent(cls, *words):
        return cls.machine.must(*words)

    def assertRefused(self, done, words):
        """Nothing was run, and all `words` (regular expressions) are said."""
        self.assertNotEqual(done.returncode, 0)
        self.assertEqual(done.stdout, "")
        for expression in words:
            self.assertRegex(done.stderr, expression)


class MemberScenarios(RealmScenarios, Member):
    """What holds however the agent's machine became a member, and wherever its accounts are from;
    COMPUTER and RENEW are the name of its account in the domain and what gives it a new password."""

    def test_the_domains_root_is_not_the_superuser(self):
        done = self.proctor("root", "run", "--", "id")
        self.assertRefused(done, ["root@AGENT.TEST"])

    def test_a_computer_account_is_refused_though_it_is_an_account_of_the_machine(self):
        self.on_agent("id", self.COMPUTER)
        env = SITE.domain.client("/run/computer.ccache")
        self.machine.must("kinit", "-k", self.COMPUTER, env=env)
        done = SITE.proctor(self.machine, env, self.machine, "run", "--", "id")
        self.assertRefused(done, [re.escape(self.COMPUTER), "computer.* account"])

    def test_a_new_password_of_the_computer_leaves_old_tickets_good(self):
        self.assertSucceeds(self.proctor("bob", "whoami"))
        self.machine.must(*self.RENEW)
        self.assertSucceeds(self.proctor("bob", "whoami"))
        self.tickets.pop("bob")
        self.assertSucceeds(self.proctor("bob", "whoami"))


class JoinedByAdcli(MemberScenarios, unittest.TestCase):
    """The domain's users are accounts of the agent's machine, by winbind."""

    JOINED_BY = "adcli"
    COMPUTER = "HOST2$"
    RENEW = ("adcli", "update", "--computer-password-lifetime=0")

    def sid(self, name):
        return self.on_agent("wbinfo", "--name-to-sid", name).split()[0]

    def test_whoami_tells_the_sids_of_the_user_and_of_nested_groups(self):
        done = self.proctor("alice", "whoami", "--json")
        self.assertSucceeds(done)
        for name in ("alice", "developers", "engineering"):
            self.assertIn(f'"{self.sid(name)}"', done.stdout, name)

    def test_the_agent_is_called_by_its_name_or_its_service_is_named(self):
        for words in ([self.machine.short_name], [self.machine.name + "."],
                      [self.machine.address, "--spn", self.SERVICE]):
            done = self.client.run(program("proctor"), "whoami", "--agent", *words,
                                   env=self.ticket("alice"))
            self.assertSucceeds(done)
            self.assertIn(self.SERVICE, done.stdout)
        done = self.client.run(program("proctor"), "whoami", "--agent", self.machine.address,
                               env=self.ticket("alice"))
        self.assertRefused(done, [f"proctor/{self.machine.address}", "--spn"])

    def test_the_job_is_in_the_groups_of_its_groups(self):
        done = self.proctor("alice", "run", "--", "id", "-Gn")
        self.assertSucceeds(done)
        self.assertIn("engineering", done.stdout)

    def test_a_ticket_for_another_name_of_the_computer_is_refused(self):
        done = self.proctor("alice", "whoami", "--spn", f"host/{self.machine.name}")
        self.assertRefused(done, [rf"host/{self.machine.name}", self.SERVICE])

    def test_a_disabled_account_gets_no_ticket_for_the_agent(self):
        env = self.ticket("carol")
        SITE.domain.disable("carol")
        self.addCleanup(SITE.domain.enable, "carol")
        again = self.client.run("kinit", "carol", input=Domain.PASSWORD + "\n",
                                env=SITE.domain.client("/run/again"))
        self.assertRegex(again.stderr, "revoked")
        done = SITE.proctor(self.client, env, self.machine, "run", "--", "id")
        # Windows says the first, Samba the second.
        self.assertRefused(done, ["revoked|KDC policy"])


class JoinedByMsktutil(MemberScenarios, unittest.TestCase):
    """The machine has accounts of its own, of the same names as the domain's users."""

    JOINED_BY = "msktutil"
    COMPUTER = "host3$"
    RENEW = ("msktutil", "--update", "--no-reverse-lookups", "--service", "proctor")

    def test_who_has_no_account_is_told_so_and_runs_nothing(self):
        self.assertSucceeds(self.proctor("carol", "whoami"))
        done = self.proctor("carol", "run", "--", "id")
        self.assertRefused(done, ["carol@AGENT.TEST", "account"])

    def test_an_expired_account_is_refused(self):
        done = self.proctor("expired", "run", "--", "id")
        self.assertRefused(done, ["expired"])


class SilentController(Member, unittest.TestCase):
    """The domain controller takes everything and answers nothing. The last class by its name: winbind
    takes its time to find out that the controller is back."""

    JOINED_BY = "adcli"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for principal in ("alice", *STRANGERS):
            cls.client.must("kvno", cls.SERVICE, env=cls.ticket(principal))
        cls.proctor("alice", "run", "--", "true")
        cls.ticket("bob")  # None for the agent.
        # Where every user can run it, wherever it was built.
        cls.machine.must("cp", program("proctor"), "/run/proctor-of-all")
        cls.alice = [cls.on_agent("id", option, "alice").strip() for option in ("-u", "-g")]
        # The controller is the only name server, too, which is not what is tried here.
        hosts = cls.client.read("/etc/hosts")
        cls.client.write("/etc/hosts", f"{hosts}{cls.machine.address} {cls.machine.name}\n")
        SITE.domain.silence()
        cls.addClassCleanup(SITE.domain.silence, False)

    @classmethod
    def ticket(cls, principal):
        # gRPC's own resolver asks the name server for more than /etc/hosts says.
        return {**super().ticket(principal), "GRPC_DNS_RESOLVER": "native"}

    def timed(self, attempt):
        """The seconds that it takes, successfully."""
        began = time.monotonic()
        done = attempt()
        seconds = time.monotonic() - began
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return seconds

    def local(self):
        """A user of the domain's, of the agent's own machine."""
        return self.machine.run("/usr/bin/python3", "-c", BECOME, *self.alice,
                                "/run/proctor-of-all", "run", "--", "true")

    def known(self):
        """The same, over Kerberos."""
        return self.proctor("alice", "run", "--", "true")

    def test_local_callers_and_known_ones_do_not_notice(self):
        for attempt in (self.local, self.known):
            self.timed(attempt)
        print("nobody hangs while no stranger has come")
        strangers = [self.client.start(program("proctor"), "whoami", "--agent", self.machine.name,
                                       env=self.ticket(stranger)) for stranger in STRANGERS[1:]]
        for who, attempt in (("local callers", self.local), ("known ones", self.known)):
            times = sorted(self.timed(attempt) for _ in range(100))
            print(f"{who}: p50 {times[49]:.3f} s, p99 {times[98]:.3f} s")
            self.assertLess(times[98], 5)
        for stranger in strangers:
            stranger.wait()

    def test_who_is_not_known_is_told_what_does_not_answer(self):
        began = time.monotonic()
        done = self.proctor(STRANGERS[0], "run", "--", "id")
        self.assertLess(time.monotonic() - began, 20)
        self.assertRefused(done, ["name service"])

    def test_who_has_no_ticket_is_told_in_time_what_does_not_answer(self):
        began = time.monotonic()
        done = self.proctor("bob", "whoami", "--connect-timeout", "5s")
        self.assertLess(time.monotonic() - began, 7)
        self.assertRefused(done, ["KDC|key distribution centre"])

    def test_ten_silent_kdcs_take_no_longer_than_one(self):
        kdcs = "".join(f"kdc = {SITE.domain.controller.address}:{port}\n"
                       for port in range(1001, 1011))
        self.client.write("/run/ten.conf", "[libdefaults]\ndefault_realm = AGENT.TEST\n"
                          f"[realms]\nAGENT.TEST = {{\n{kdcs}}}\n")
        env = {**self.ticket("bob"), "KRB5_CONFIG": "/run/ten.conf"}
        began = time.monotonic()
        done = SITE.proctor(self.client, env, self.machine, "whoami", "--connect-timeout", "5s")
        self.assertLess(time.monotonic() - began, 7)
        self.assertRefused(done, ["KDC of AGENT.TEST"])

    def test_an_agent_that_starts_anew_knows_whom_its_name_service_knows(self):
        SITE.restart_agent(self.machine)
        self.timed(lambda: self.proctor("alice", "run", "--", "true"))


if __name__ == "__main__":
    main()
