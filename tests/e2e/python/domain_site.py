"""A site of an Active Directory domain: two members that were joined as README says, with an agent each,
and a machine that is no member, from which their test cases call them."""

import time

from acceptance import program
from domain import SOURCE, Domain
from realm_scenarios import Outcomes

PATIENCE = 60
# Whom no machine's name service has been asked for.
STRANGERS = ["dave", "erin", "frank", "grace", "heidi", "ivan", "judy"]
USERS = ["alice", "bob", "controller", "carol", "expired", "mallory", "outsider", "root", "sensitive",
         *STRANGERS]
GROUPS = {"developers": ["alice", "bob"], "engineering": ["developers"]}
# The members have an account of this name, the domain has none: mallory has chosen it.
LOOK_ALIKE = "service"
UPNS = {"mallory": f"{LOOK_ALIKE}@agent.test"}
# Local accounts of the member without a name service of the domain's.
LOCAL = ["alice", "bob", "controller", "expired", "outsider", "host3$", LOOK_ALIKE]

LISTEN = 'tls_listen: "0.0.0.0:7707"\n'
# The default one, beside where the agent listens, and for whom controllers may run jobs.
CONFIG = LISTEN + """
policy {
  run_as {
    callers { user: "controller" }
    users { user: "alice" user: "expired" user: "root" }
  }
}
"""

# As pam-auth-update leaves them on a machine with libpam-winbind, but for the credential cache, which
# would be in /tmp.
PAM_STACKS = {
    "auth": """auth [success=2 default=ignore] pam_unix.so
auth [success=1 default=ignore] pam_winbind.so try_first_pass
auth requisite pam_deny.so
auth required pam_permit.so
""",
    "account": """account [success=2 new_authtok_reqd=done default=ignore] pam_unix.so
account [success=1 new_authtok_reqd=done default=ignore] pam_winbind.so
account requisite pam_deny.so
account required pam_permit.so
"""}

# Becomes a user and runs a program, without asking the name service, as setpriv(1) does.
BECOME = """
import os, sys
uid, gid, *command = sys.argv[1:]
os.setgroups([])
os.setgid(int(gid))
os.setuid(int(uid))
os.execv(command[0], command)
"""
# Where every user can run it, wherever it was built.
PROCTOR_OF_ALL = "/run/proctor-of-all"


class Site:
    """`domain`; `adcli` and `msktutil`, members that were joined by these programs, with an agent each;
    `client`, a machine that is no member. What stops it is given to `add_cleanup`."""

    def __init__(self, add_cleanup):
        self.domain = Domain("agent.test", USERS, GROUPS, UPNS, ["sensitive"])
        add_cleanup(self.domain.stop)
        self.adcli = self._member("host2.agent.test", 2, "adcli", [LOOK_ALIKE])
        self._winbind = self.domain.join_winbind(self.adcli)
        for name, stack in PAM_STACKS.items():
            self.adcli.write(f"/etc/pam.d/common-{name}", stack)
        self.msktutil = self._member("host3.agent.test", 3, "msktutil", LOCAL)
        self.msktutil.must("chage", "-E", "1", "expired")
        # A name that says nothing of the domain's group.
        self.msktutil.must("groupadd", "engineering")
        self.msktutil.must("usermod", "-aG", "engineering", "outsider")
        self.client = self.domain.machine("client.agent.test", 4)
        self._agents = {}
        add_cleanup(self._stop_agents)
        for machine in (self.adcli, self.msktutil):
            self._start_agent(machine, CONFIG)

    def _member(self, name, number, joined_by, accounts):
        machine = self.domain.machine(name, number)
        self.domain.join(machine, joined_by)
        for account in accounts:
            machine.must("useradd", "--create-home", "--home-dir", f"/var/home/{account}",
                         "--skel", "/dev/null", "--shell", "/bin/sh", account)
        pam = (SOURCE / "tools/packaging/pam/proctor").read_text(encoding="utf-8")
        machine.write("/etc/pam.d/proctor", pam)
        machine.must("mkdir", "-p", "/run/proctor", "/var/home")
        machine.must("cp", program("proctor"), PROCTOR_OF_ALL)
        return machine

    def _start_agent(self, machine, config):
        """proctord, as it is installed."""
        machine.write("/etc/proctor/proctord.textproto", config)
        agent = self._agents[machine] = machine.start(program("proctord"))
        deadline = time.monotonic() + PATIENCE
        while machine.run(program("proctor"), "info").returncode != 0:
            if not agent.alive() or time.monotonic() > deadline:
                raise RuntimeError("the agent does not answer:\n" + agent.log_text())
            time.sleep(0.1)

    def _stop_agents(self):
        for agent in self._agents.values():
            agent.stop()

    def restart_agent(self, machine, config=CONFIG, signal="TERM"):
        self._agents[machine].stop(signal)
        self._start_agent(machine, config)

    def agent_log(self, machine):
        """Of the one that runs now."""
        return self._agents[machine].log_text()

    def stop_winbind(self):
        self._winbind.stop()

    def start_winbind(self):
        self._winbind = self.domain.start_winbind(self.adcli)

    @staticmethod
    def proctor(machine, env, agent, *words):
        """`proctor WORDS…` for the agent of another machine."""
        return machine.run(program("proctor"), words[0], "--agent", agent.name, *words[1:], env=env)


class Member(Outcomes):
    """Of the member JOINED_BY: `machine`, and what RealmScenarios asks for. `site` is set before."""

    REALM = "AGENT.TEST"
    STATE = "/var/lib/proctor"
    site = None
    maxDiff = None

    @classmethod
    def config(cls):
        """The agent's configuration."""
        return CONFIG

    @classmethod
    def setUpClass(cls):
        cls.machine = getattr(cls.site, cls.JOINED_BY)
        cls.SERVICE = "proctor/" + cls.machine.name
        cls.client = cls.site.client
        cls.tickets = {}
        if cls.config() != CONFIG:
            cls.addClassCleanup(cls.site.restart_agent, cls.machine)
            cls.restart_agent()

    @classmethod
    def restart_agent(cls, signal="TERM"):
        cls.site.restart_agent(cls.machine, cls.config(), signal)

    @classmethod
    def agent_log(cls):
        return cls.site.agent_log(cls.machine)

    @classmethod
    def agent_file(cls, name):
        return "/run/" + name

    def tearDown(self):
        outcome = self._outcome.result
        if any(case is self for case, _ in outcome.failures + outcome.errors):
            print(f"the agent's log after {self}:")
            print("\n".join(self.agent_log().splitlines()[-20:]))

    @classmethod
    def ticket(cls, principal):
        if principal not in cls.tickets:
            forwardable = ["-f"] if principal in ("alice", "controller", "sensitive") else []
            cls.tickets[principal] = cls.site.domain.kinit(cls.client, principal, *forwardable)
        return cls.tickets[principal]

    @classmethod
    def proctor(cls, principal, *words):
        return cls.site.proctor(cls.client, cls.ticket(principal), cls.machine, *words)

    @classmethod
    def start_proctor(cls, principal, *words):
        return cls.client.start(program("proctor"), words[0], "--agent", cls.machine.name, *words[1:],
                                env=cls.ticket(principal))

    @classmethod
    def proctor_without_ticket(cls, *words):
        return cls.site.proctor(cls.client, cls.site.domain.client("/run/none"), cls.machine, *words)

    @classmethod
    def computers_ticket(cls):
        """The environment, on the member itself, of whoever is root there."""
        env = cls.site.domain.client("/run/computer.ccache")
        cls.machine.must("kinit", "-k", cls.COMPUTER, env=env)
        return env

    @classmethod
    def ids(cls, user):
        """Of a user of the member."""
        return [cls.on_agent("id", option, user).strip() for option in ("-u", "-g")]

    @classmethod
    def local(cls, ids, *words):
        """`proctor WORDS…` of a user of the agent's own machine."""
        return cls.machine.run("/usr/bin/python3", "-c", BECOME, *ids, PROCTOR_OF_ALL, *words)

    @classmethod
    def check_realm(cls, principal, *options):
        return cls.machine.run(program("proctord"), "--check-realm", "--principal", principal, *options)

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
        self.assertTells(done.stderr, words)

    def assertTells(self, text, words):
        for expression in words:
            self.assertRegex(text, expression)
