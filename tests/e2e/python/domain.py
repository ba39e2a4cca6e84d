"""An Active Directory domain: Samba's domain controller on a machine of its own (machines.py), made
anew in a few seconds, and members that join it."""

import json
import os
import pathlib
import re
import subprocess
import time

from machines import Lan, Machine
from network import Skip

SOURCE = pathlib.Path(__file__).resolve().parents[3]
PATIENCE = 60

# Only what members and their callers need of a domain controller.
CONTROLLER = """[global]
netbios name = {netbios}
realm = {realm}
workgroup = {workgroup}
server role = active directory domain controller
server services = s3fs, rpc, ldap, cldap, kdc, winbindd, dns
tls enabled = no
[sysvol]
path = /var/lib/samba/sysvol
"""

# Runs on the controller, with Samba's own Python modules. Prints the SIDs of all that have one.
ACCOUNTS = """
import json, ldb, sys
from samba import dsdb
from samba.auth import system_session
from samba.dcerpc import security
from samba.ndr import ndr_unpack
from samba.param import LoadParm
from samba.samdb import SamDB
settings = LoadParm()
settings.load_default()
directory = SamDB(url=settings.samdb_url(), session_info=system_session(), lp=settings)
wanted = json.load(sys.stdin)
for user in wanted["users"]:
    directory.newuser(user, wanted["password"])
for user, upn in wanted["upns"].items():
    change = ldb.Message(ldb.Dn(directory, f"CN={user},CN=Users,{directory.domain_dn()}"))
    change["upn"] = ldb.MessageElement(upn, ldb.FLAG_MOD_REPLACE, "userPrincipalName")
    directory.modify(change)
for user in wanted["sensitive"]:
    directory.toggle_userAccountFlags(f"(sAMAccountName={user})", dsdb.UF_NOT_DELEGATED, on=True)
for group, members in wanted["groups"].items():
    directory.newgroup(group)
    directory.add_remove_group_members(group, members)
found = directory.search(directory.domain_dn(), ldb.SCOPE_SUBTREE, "(sAMAccountName=*)",
                         ["sAMAccountName", "objectSid"])
print(json.dumps({str(one["sAMAccountName"]): str(ndr_unpack(security.dom_sid, one["objectSid"][0]))
                  for one in found}))
"""

# winbind has a computer account of its own: adcli tells Samba the password of the other one only
# where Samba has had one before.
MEMBER = """[global]
netbios name = {netbios}
realm = AGENT.TEST
workgroup = AGENT
security = ads
idmap config * : backend = tdb
idmap config * : range = 3000-7999
idmap config AGENT : backend = rid
idmap config AGENT : range = 100000-199999
winbind use default domain = yes
template shell = /bin/sh
template homedir = /var/home/%U
"""
NAME_SERVICE = """passwd: {sources}
group: {sources}
shadow: files
hosts: files dns
"""


def _readme():
    """README's "Joining a realm"."""
    text = (SOURCE / "README.md").read_text(encoding="utf-8")
    return re.search(r"^## Joining a realm\n(.*?)^## ", text, re.S | re.M).group(1)


def readme_commands(word):
    """The commands that README tells, from the line that begins with `word` to the end of its block,
    for this domain."""
    block = re.search(rf"^    {word}\b.*\n(    .*\n)*", _readme(), re.M).group(0)
    lines = [line.split("  #")[0].strip() for line in block.splitlines()]
    return [line.replace("example.com", "agent.test") for line in lines]


def readme_words(words):
    """Those of the command that begins with `words` in a sentence of README's."""
    return re.search(rf"`({words}\s[^`]*)`", _readme()).group(1).split()


class Domain:
    """`groups`: by name, the names of the members, of whom those that are groups come first. `upns`:
    what some users are called instead, with the realm. `sensitive`: users that may not be delegated.
    `beside`: another domain, on whose network this one is, with whose end it ends. Every user's
    password, and Administrator's, is PASSWORD. `sids`: by name. `kerberos`: the contents of a
    krb5.conf."""

    PASSWORD = "Secret.123"

    def __init__(self, name, users, groups=None, upns=None, sensitive=(), beside=None):
        self._programs = _programs()
        self.name = name
        self.realm = name.upper()
        self.workgroup = self.realm.split(".", maxsplit=1)[0]
        self.kerberos = f"[libdefaults]\ndefault_realm = {self.realm}\n"
        # Of the controller, which is the name server, too.
        host, self._number = ("dc", 1) if beside is None else ("dc2", 9)
        self.lan = Lan() if beside is None else beside.lan
        try:
            self.controller = self._new_machine(f"{host}.{name}", self._number)
            self._provision()
            self.sids = self._make_accounts({
                "users": users, "groups": groups or {}, "upns": upns or {}, "sensitive": sensitive,
                "password": self.PASSWORD})
            self._start()
        except BaseException:
            self.stop()
            raise

    def _new_machine(self, name, number):
        machine = Machine(self.lan, name, number, self._programs)
        machine.write("/etc/resolv.conf",
                      f"search {self.name}\nnameserver 10.213.8.{self._number}\n")
        machine.write("/etc/nsswitch.conf", NAME_SERVICE.format(sources="files"))
        machine.write("/etc/krb5.conf", self.kerberos)
        machine.must("sh", "-c", "rm -rf /etc/samba /var/lib/samba /etc/krb5.keytab && mkdir -p "
                     "/etc/samba /var/lib/samba/private /var/lib/samba/sysvol /var/cache/samba "
                     "/var/log/samba /run/samba")
        return machine

    def _provision(self):
        controller = self.controller
        controller.must(
            "samba-tool", "domain", "provision", "--quiet", f"--realm={self.realm}",
            f"--domain={self.workgroup}", f"--host-name={controller.short_name}",
            f"--host-ip={controller.address}", f"--adminpass={self.PASSWORD}",
            "--dns-backend=SAMBA_INTERNAL")
        controller.write("/etc/samba/smb.conf", CONTROLLER.format(
            netbios=controller.short_name.upper(), realm=self.realm, workgroup=self.workgroup))
        controller.must("samba_spnupdate")

    def _make_accounts(self, wanted):
        return json.loads(self.controller.must("/usr/bin/python3", "-c", ACCOUNTS,
                                               input=json.dumps(wanted)))

    def _start(self):
        self._samba = self.controller.start("samba", "--foreground", "--no-process-group",
                                            "--debug-stdout")
        # Its services come up one by one.
        by = ("-U", f"Administrator%{self.PASSWORD}")
        self._await("the KDC", self._samba, self.controller, "kinit", "Administrator",
                    input=self.PASSWORD + "\n", env=self.client("/run/first.ccache"))
        self._await("LDAP", self._samba, self.controller, "samba-tool", "user", "list",
                    "-H", "ldap://" + self.controller.name, *by)
        self._await("the name server", self._samba, self.controller, "samba-tool", "dns",
                    "zonelist", self.controller.name, *by)

    @staticmethod
    def _await(what, program, machine, *command, **options):
        """Until `command` succeeds on `machine`, while `program` runs."""
        deadline = time.monotonic() + PATIENCE
        while (done := machine.run(*command, **options)).returncode != 0:
            if not program.alive() or time.monotonic() > deadline:
                raise RuntimeError(f"{what} does not answer: {done.stderr}\n{program.log_text()}")
            time.sleep(0.1)

    def machine(self, name, number):
        """A machine that the domain's names lead to, and that looks up names there; not a member."""
        machine = self._new_machine(name, number)
        self.controller.must("samba-tool", "dns", "add", self.controller.name, self.name,
                             machine.short_name, "A", machine.address,
                             "-U", f"Administrator%{self.PASSWORD}")
        return machine

    def client(self, ccache):
        """The environment of a client, on any machine of the domain, with its tickets in `ccache`. An
        agent that has joined needs nothing of the environment."""
        return {"KRB5CCNAME": f"FILE:{ccache}"}

    def kinit(self, machine, principal, *options, cache=None):
        """Gets a ticket, in a cache that is the principal's own where none is named; returns the
        environment of a client that has it."""
        env = self.client(cache or f"/run/{principal}.ccache")
        machine.must("kinit", *options, principal, input=self.PASSWORD + "\n", env=env)
        return env

    def join(self, machine, program):
        """Joins by what README tells for `program`, after `kinit Administrator`."""
        env = self.kinit(machine, "Administrator")
        for command in readme_commands(program):
            machine.must("sh", "-c", command, env=env)

    def join_winbind(self, machine):
        """The domain's users and groups become accounts of the machine, without the domain's name."""
        netbios = machine.short_name.upper() + "-NAMES"
        machine.write("/etc/samba/smb.conf", MEMBER.format(netbios=netbios))
        machine.write("/etc/nsswitch.conf", NAME_SERVICE.format(sources="files winbind"))
        machine.must("net", "ads", "join", "--no-dns-updates", "--use-krb5-ccache=/run/Administrator.ccache",
                     env=self.kinit(machine, "Administrator"))
        return self.start_winbind(machine)

    def start_winbind(self, machine):
        winbind = machine.start("winbindd", "--foreground", "--no-process-group", "--debug-stdout")
        self._await("winbind", winbind, machine, "wbinfo", "--ping-dc")
        return winbind

    def disable(self, user):
        self.controller.must("samba-tool", "user", "disable", user)

    def enable(self, user):
        self.controller.must("samba-tool", "user", "enable", user)

    def trust_for_delegation(self, account):
        """Tickets for the account are marked: who is asked to may hand it credentials over."""
        self.controller.must("samba-tool", "delegation", "for-any-service", account, "on")

    def trust(self, other):
        """From now on users of the other domain get tickets for services of this one."""
        controller = other.controller
        hosts = self.controller.read("/etc/hosts")
        self.controller.write("/etc/hosts", f"{hosts}{controller.address} {controller.name}\n")
        self.controller.must(
            "samba-tool", "domain", "trust", "create", other.name, "--direction=outgoing",
            "--skip-validation", f"--ipaddress={controller.address}", "--use-kerberos=off",
            "-U", f"{other.workgroup}\\Administrator%{self.PASSWORD}")

    def silence(self, silent=True):
        """Whatever is sent to the domain controller is lost."""
        self.lan.silence(self.controller, silent)

    def stop(self):
        self.lan.close()


def _programs():
    """Where they are; see tools/domain_programs."""
    if os.geteuid() != 0:
        raise Skip("root, to make namespaces")
    done = subprocess.run([SOURCE / "tools/domain_programs"], text=True, capture_output=True,
                          check=False)
    if done.returncode != 0:
        reason = done.stderr.strip().rpartition("\n")[2].partition(": ")[2]
        raise Skip("Samba's domain controller: " + (reason or "no reason given"))
    return done.stdout.strip()
