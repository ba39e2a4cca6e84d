"""Machines of an Active Directory domain: what README says about joining is done word for word, and
then kinit, and proctor --agent just works."""

import re
import time
import unittest

from acceptance import main, program
from domain import Domain, readme_words
from domain_site import LISTEN, LOOK_ALIKE, STRANGERS, Member, Site
from domain_trust import TrustScenarios
from realm_scenarios import RealmScenarios


def setUpModule():
    Member.site = Site(unittest.addModuleCleanup)


class MemberScenarios(RealmScenarios, Member):
    """What holds however the agent's machine became a member, and wherever its accounts are from;
    COMPUTER and RENEW are the name of its account in the domain and what gives it a new password."""

    def test_the_domains_root_is_not_the_superuser(self):
        done = self.proctor("root", "run", "--", "id")
        self.assertRefused(done, ["root@AGENT.TEST", "superuser"])

    def test_a_computer_account_is_refused_though_it_is_an_account_of_the_machine(self):
        self.on_agent("id", self.COMPUTER)
        done = self.site.proctor(self.machine, self.computers_ticket(), self.machine, "run", "--", "id")
        self.assertRefused(done, [re.escape(self.COMPUTER), "computer.* account"])

    def test_a_new_password_of_the_computer_leaves_old_tickets_good(self):
        self.assertSucceeds(self.proctor("bob", "whoami"))
        keys = self.machine.must("klist", "-k")
        self.machine.must(*self.RENEW)
        self.assertNotEqual(self.machine.must("klist", "-k"), keys)
        self.assertSucceeds(self.proctor("bob", "whoami"))
        self.tickets.pop("bob")
        self.assertSucceeds(self.proctor("bob", "whoami"))

    def test_whoami_tells_where_the_identity_is_from(self):
        done = self.proctor("alice", "whoami")
        self.assertSucceeds(done)
        self.assertTells(done.stdout, [
            rf"SID +{self.site.domain.sids['alice']}\n", r"SIDs from +the ticket's PAC, verified",
            r"account by +krb5.conf's auth_to_local, which names alice\n",
            r"checked by +PAM account management, service proctor"])
        for group in ("developers", "engineering"):  # In the latter by the former.
            self.assertRegex(done.stdout, rf"domain groups .*{self.site.domain.sids[group]}\b")

    def test_a_delegated_ticket_gets_tickets_for_services(self):
        done = self.proctor("alice", "run", "--delegate=required", "--", "kvno", "host/dc.agent.test")
        self.assertSucceeds(done)
        self.assertIn("host/dc.agent.test@AGENT.TEST: kvno = ", done.stdout)

    def test_of_an_account_that_may_not_be_delegated_nothing_is_handed_over(self):
        done = self.proctor("sensitive", "whoami", "--delegate")
        self.assertSucceeds(done)
        self.assertRegex(done.stderr, "not handed over: .*sensitive, Protected Users")
        self.assertRegex(done.stdout, "elsewhere +no credentials")
        done = self.proctor("sensitive", "login", "--delegate")
        self.assertSucceeds(done)
        self.assertRegex(done.stdout, "handed over +nothing: .*sensitive, Protected Users")
        done = self.proctor("sensitive", "whoami", "--delegate=required")
        self.assertRefused(done, ["not handed over: .*sensitive, Protected Users"])

    def assertIsPrincipal(self, found, principal):
        """The SIDs of its ticket are kept with it, too."""
        super().assertIsPrincipal(found, principal)
        sids = self.site.domain.sids
        self.assertEqual(found["domain"]["sid"], sids[principal])
        groups = found["domain"]["groupSids"]
        self.assertIn(sids["Domain Users"], groups)
        self.assertEqual(sids["engineering"] in groups, principal in ("alice", "bob"))

    def test_a_ticket_for_the_agent_opens_with_its_key(self):
        env = self.site.domain.kinit(self.machine, "alice")
        done = self.machine.must("kvno", "-k", "/etc/krb5.keytab", self.SERVICE, env=env)
        self.assertIn("keytab entry valid", done)

    def test_check_realm_tells_what_the_agent_has_and_whose_account_is_whose(self):
        done = self.check_realm("alice@AGENT.TEST")
        self.assertSucceeds(done)
        self.assertTells(done.stdout, [
            r"callers of a realm: served on 0\.0\.0\.0:7707\n",
            "default realm: AGENT.TEST", rf"service principal: {self.SERVICE}\n",
            rf"keys of {self.SERVICE}@AGENT.TEST: key \d+ \(.*aes256",
            rf"also in it: .*{re.escape(self.COMPUTER)}@AGENT.TEST",
            "account of alice@AGENT.TEST: alice, uid"])
        for principal, words in (("root", "superuser"), (self.COMPUTER, "allow_computer_accounts"),
                                 ("nobodys", "no such account")):
            done = self.check_realm(principal)
            self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
            self.assertRegex(done.stdout, words)

    def test_login_check_tells_what_is_tried_in_order(self):
        done = self.proctor("alice", "login", "--check")
        self.assertSucceeds(done)
        self.assertRegex(done.stdout, "".join(f"(?s:.*){part}" for part in (
            "configuration: /etc/krb5.conf", "default realm: AGENT.TEST",
            "credentials: alice@AGENT.TEST in .*, forwardable", f"service asked for: {self.SERVICE}",
            f"KDC of AGENT.TEST: {self.site.domain.controller.address}:88 answers",
            "clock: as the realm's",
            rf"ticket: for {self.SERVICE}@AGENT.TEST, sealed with key \d+ \(aes256",
            "it knows you as +alice ")))
        done = self.proctor_without_ticket("login", "--check")
        self.assertNotEqual(done.returncode, 0)
        self.assertRegex(done.stdout, r"credentials: .*\n.*kinit")


class JoinedByAdcli(MemberScenarios, unittest.TestCase):
    """The domain's users are accounts of the agent's machine, by winbind."""

    JOINED_BY = "adcli"
    COMPUTER = "HOST2$"
    RENEW = ("adcli", "update", "--computer-password-lifetime=0")

    def call(self, *words):
        return self.client.run(program("proctor"), "whoami", "--agent", *words,
                               env=self.ticket("alice"))

    def test_the_agent_is_called_by_its_name_or_its_service_is_named(self):
        name, address = self.machine.name, self.machine.address
        hosts = self.client.read("/etc/hosts")
        self.addCleanup(self.client.write, "/etc/hosts", hosts)
        self.client.write("/etc/hosts", f"{hosts}{address} alias.agent.test\n")
        for words in ([self.machine.short_name], [name + "."], [name.upper()],
                      [address, "--spn", self.SERVICE], ["alias.agent.test", "--spn", self.SERVICE]):
            done = self.call(*words)
            self.assertSucceeds(done)
            self.assertIn(self.SERVICE, done.stdout)
        for other in (address, "alias.agent.test"):
            self.assertRefused(self.call(other), [f"proctor/{other}", "--spn"])

    def test_the_job_is_in_the_groups_of_its_groups(self):
        done = self.proctor("alice", "run", "--", "id", "-Gn")
        self.assertSucceeds(done)
        self.assertIn("engineering", done.stdout)

    def test_a_ticket_for_another_name_of_the_computer_is_refused(self):
        done = self.proctor("alice", "whoami", "--spn", f"host/{self.machine.name}")
        self.assertRefused(done, [rf"host/{self.machine.name}", self.SERVICE])

    def test_a_disabled_account_gets_no_ticket_for_the_agent_and_keeps_those_that_it_has(self):
        env = self.ticket("carol")
        served = self.site.domain.kinit(self.client, "carol", cache="/run/served")
        self.client.must("kvno", self.SERVICE, env=served)
        self.site.domain.disable("carol")
        self.addCleanup(self.site.domain.enable, "carol")
        again = self.client.run("kinit", "carol", input=Domain.PASSWORD + "\n",
                                env=self.site.domain.client("/run/again"))
        self.assertRegex(again.stderr, "revoked")
        done = self.site.proctor(self.client, env, self.machine, "run", "--", "id")
        # Windows says the first, Samba the second.
        self.assertRefused(done, ["revoked|KDC policy"])
        self.assertSucceeds(self.site.proctor(self.client, served, self.machine, "whoami"))

    def test_a_realm_may_say_which_agents_are_handed_tickets(self):
        self.client.write("/run/enforcing.conf",
                          self.site.domain.kerberos + "enforce_ok_as_delegate = true\n")

        def attempt(cache):
            env = self.site.domain.kinit(self.client, "alice", "-f", cache=cache)
            return self.site.proctor(self.client, {**env, "KRB5_CONFIG": "/run/enforcing.conf"},
                                     self.machine, "run", "--delegate=required", "--", "klist")

        self.assertRefused(attempt("/run/before"), ["does not trust the agent's account"])
        self.site.domain.trust_for_delegation(self.COMPUTER)
        done = attempt("/run/after")
        self.assertSucceeds(done)
        self.assertIn("krbtgt/AGENT.TEST@AGENT.TEST", done.stdout)

    def test_a_name_service_that_is_down_is_named(self):
        self.addCleanup(self.site.start_winbind)
        self.site.stop_winbind()
        words = ["name service", "winbindd or sssd must run"]
        self.assertRefused(self.proctor("carol", "run", "--", "id"), words)
        # Accounts that the policy names are not to be had now, either.
        self.machine.write("/run/no-policy", LISTEN)
        done = self.check_realm("carol", "--config", "/run/no-policy")
        self.assertEqual(done.returncode, 1)
        self.assertTells(done.stdout, words)


class JoinedByMsktutil(MemberScenarios, unittest.TestCase):
    """The machine has accounts of its own, of the same names as the domain's users."""

    JOINED_BY = "msktutil"
    COMPUTER = "host3$"
    RENEW = readme_words("msktutil --update")

    def test_a_machine_that_has_joined_already_only_updates(self):
        key = f"proctor/{self.client.name}@AGENT.TEST"
        env = self.site.domain.kinit(self.client, "Administrator")
        self.client.must("msktutil", "--create", "--no-reverse-lookups", "--service", "host", env=env)
        self.assertNotIn(key, self.client.must("klist", "-k"))
        self.client.must(*self.RENEW)  # With its own key.
        self.assertIn(key, self.client.must("klist", "-k"))

    def test_who_has_no_account_is_told_so_and_runs_nothing(self):
        words = ["carol", "the name service has no such account"]
        who = self.proctor("carol", "whoami")
        self.assertSucceeds(who)
        self.assertTells(who.stdout, words)
        self.assertRefused(self.proctor("carol", "run", "--", "id"), words)
        self.assertTells(self.agent_log(), words)

    def test_an_expired_account_runs_nothing_whoever_asks(self):
        for words in (["whoami"], ["run", "--", "id"]):
            self.assertRefused(self.proctor("expired", *words), ["may not be used now", "expired"])
        self.assertTells(self.agent_log(), ["account has expired"])
        done = self.proctor("controller", "run", "--run-as", "expired", "--", "id")
        self.assertRefused(done, ["expired"])

    def test_who_is_kept_out_of_the_machine_is_kept_out_here(self):
        self.addCleanup(self.machine.must, "rm", "/etc/nologin")
        self.machine.write("/etc/nologin", "The machine is being served.\n")
        self.assertRefused(self.proctor("outsider", "run", "--", "id"), ["may not be used now", "nologin"])

    def test_a_name_alone_is_an_account(self):
        done = self.proctor(LOOK_ALIKE, "run", "--", "id", "-un")
        self.assertSucceeds(done)
        self.assertEqual(done.stdout, LOOK_ALIKE + "\n")
        self.assertIn(self.site.domain.sids["mallory"], self.proctor(LOOK_ALIKE, "whoami").stdout)


class AccountsBySid(Member, unittest.TestCase):
    """The agent's configuration names SIDs of the domain; the machine has no name service of it."""

    JOINED_BY = "msktutil"

    @classmethod
    def config(cls):
        sids = cls.site.domain.sids
        return LISTEN + f"""
negotiate {{
  account_sid {{ account: "{LOOK_ALIKE}" sid: "{sids['carol']}" }}
  account_sid {{ account: "alice" sid: "{sids['alice']}" }}
}}
policy {{
  may_connect {{
    user: "bob"
    domain_group: "{sids['engineering']}"
    sid: "{sids['controller']}"
  }}
  run_as {{
    callers {{ sid: "{sids['controller']}" }}
    users {{ user: "bob" }}
  }}
}}
"""

    def test_members_of_a_group_of_the_domain_are_let_in(self):
        done = self.proctor("alice", "run", "--", "id", "-un")
        self.assertSucceeds(done)
        self.assertEqual(done.stdout, "alice\n")

    def test_members_of_a_local_group_of_its_name_are_not(self):
        self.assertIn("engineering", self.on_agent("id", "-nG", "outsider"))
        done = self.proctor("outsider", "run", "--", "id")
        self.assertRefused(done, ["policy does not let outsider .* connect"])

    def test_who_has_no_ticket_has_no_group_of_the_domain(self):
        done = self.local(self.ids("alice"), "run", "--", "id")
        self.assertRefused(done, ["policy does not let alice .* connect"])
        self.assertSucceeds(self.local(self.ids("bob"), "run", "--", "true"))

    def test_a_rule_names_its_callers_by_sid(self):
        run_as_bob = ("run", "--run-as", "bob", "--", "id", "-un")
        done = self.proctor("controller", *run_as_bob)
        self.assertSucceeds(done)
        self.assertEqual(done.stdout, "bob\n")
        self.assertRefused(self.proctor("alice", *run_as_bob), ["no policy lets alice"])

    def test_an_account_is_had_by_its_sid_alone(self):
        done = self.proctor("alice", "whoami")
        self.assertSucceeds(done)
        self.assertRegex(done.stdout, "account by .*which names alice, .* by account_sid")
        self.assertRefused(self.proctor(LOOK_ALIKE, "whoami"),
                           [f"{LOOK_ALIKE}@AGENT.TEST", "belongs to another SID",
                            self.site.domain.sids["mallory"]])


class AccountsOfTheIdMap(Member, unittest.TestCase):
    """Winbind's id map says whose an account is; users may come with a password, too."""

    JOINED_BY = "adcli"

    @classmethod
    def config(cls):
        return LISTEN + "negotiate { require_account_sid: true }\nlogon { enabled: true }\n"

    def logon(self, user, password):
        self.client.write("/run/password", password + "\n")
        pin = re.search("certificate SHA-256 ([0-9a-f:]+)", self.agent_log()).group(1)
        return self.proctor_without_ticket("run", "--logon", user, "--password-file", "/run/password",
                                           "--pin", pin, "--", "id", "-un")

    def test_an_account_is_had_by_whom_the_id_map_says(self):
        done = self.proctor("alice", "whoami")
        self.assertSucceeds(done)
        self.assertRegex(done.stdout, "account by .*which names alice, .* by the machine's id map")
        self.assertRegex(self.check_realm("alice").stdout, "by the machine's id map")
        self.assertSucceeds(self.proctor("alice", "run", "--", "true"))

    def test_an_account_that_the_id_map_does_not_have_is_nobodys(self):
        self.on_agent("id", LOOK_ALIKE)
        self.assertRefused(self.proctor(LOOK_ALIKE, "run", "--", "id"),
                           [f"nobody says that the account {LOOK_ALIKE}",
                            self.site.domain.sids["mallory"]])

    def test_a_user_of_the_domain_logs_on_by_name_with_and_without_the_domains(self):
        for user in ("AGENT\\alice", "alice"):
            done = self.logon(user, Domain.PASSWORD)
            self.assertSucceeds(done)
            self.assertEqual(done.stdout, "alice\n")
        for user, password in (("AGENT\\alice", "wrong"), ("ELSEWHERE\\alice", Domain.PASSWORD)):
            self.assertRefused(self.logon(user, password), ["refused|password"])


class HostsKey(Member, unittest.TestCase):
    """Where nobody may add the name proctor/HOST: the one that every computer has will do. And
    computers are let in."""

    JOINED_BY = "msktutil"
    COMPUTER = "host3$"

    @classmethod
    def config(cls):
        return LISTEN + """
negotiate { service_principal: "host/host3.agent.test" allow_computer_accounts: true }
"""

    def test_the_agent_is_called_by_the_name_that_it_has(self):
        done = self.proctor("alice", "whoami", "--spn", "host/host3.agent.test")
        self.assertSucceeds(done)
        self.assertRegex(done.stdout, "you meant +host/host3.agent.test@AGENT.TEST")
        self.assertRefused(self.proctor("alice", "whoami"), [self.SERVICE, "--spn"])

    def test_a_computer_is_let_in(self):
        done = self.site.proctor(self.machine, self.computers_ticket(), self.machine, "run", "--spn",
                                 "host/host3.agent.test", "--", "id", "-un")
        self.assertSucceeds(done)
        self.assertEqual(done.stdout, self.COMPUTER + "\n")


class OtherDomain(TrustScenarios, unittest.TestCase):
    """A domain that ours trusts."""


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
        cls.alice = cls.ids("alice")
        # The controller is the only name server, too, which is not what is tried here.
        hosts = cls.client.read("/etc/hosts")
        cls.client.write("/etc/hosts", f"{hosts}{cls.machine.address} {cls.machine.name}\n")
        cls.site.domain.silence()
        cls.addClassCleanup(cls.site.domain.silence, False)

    def timed(self, attempt):
        """The seconds that it takes, successfully."""
        began = time.monotonic()
        done = attempt()
        seconds = time.monotonic() - began
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return seconds

    def run_locally(self):
        """By a user of the domain's, of the agent's own machine."""
        return self.local(self.alice, "run", "--", "true")

    def run_over_kerberos(self):
        """By the same, whom the agent has seen."""
        return self.proctor("alice", "run", "--", "true")

    def test_local_callers_and_known_ones_do_not_notice(self):
        for attempt in (self.run_locally, self.run_over_kerberos):
            self.timed(attempt)
        print("nobody hangs while no stranger has come")
        strangers = [self.client.start(program("proctor"), "whoami", "--agent", self.machine.name,
                                       env=self.ticket(stranger)) for stranger in STRANGERS[1:]]
        for who, attempt in (("local callers", self.run_locally),
                             ("known ones", self.run_over_kerberos)):
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
        self.assertRegex(self.agent_log(), f"{STRANGERS[0]}.*name service")

    def naming_kdcs(self, *ports):
        """Bob's environment, where DNS is not needed to find the controller."""
        domain = self.site.domain
        kdcs = "".join(f"kdc = {domain.controller.address}:{port}\n" for port in ports)
        self.client.write("/run/kdcs.conf",
                          f"{domain.kerberos}[realms]\nAGENT.TEST = {{\n{kdcs}}}\n")
        return {**self.ticket("bob"), "KRB5_CONFIG": "/run/kdcs.conf"}

    def fails_in_time(self, env, *words):
        """What `proctor WORDS…` prints that is given five seconds."""
        began = time.monotonic()
        done = self.site.proctor(self.client, env, self.machine, *words, "--connect-timeout", "5s")
        self.assertLess(time.monotonic() - began, 7)
        self.assertNotEqual(done.returncode, 0)
        return done.stdout + done.stderr

    def test_who_has_no_ticket_is_told_in_time_what_does_not_answer(self):
        told = self.fails_in_time(self.ticket("bob"), "whoami")
        self.assertRegex(told, "KDC|key distribution centre")

    def test_ten_silent_kdcs_take_no_longer_than_one(self):
        told = self.fails_in_time(self.naming_kdcs(*range(1001, 1011)), "whoami")
        self.assertIn("KDC of AGENT.TEST", told)

    def test_login_check_tells_in_time_what_does_not_answer(self):
        told = self.fails_in_time(self.ticket("bob"), "login", "--check")
        self.assertIn("or the name service that finds one", told)
        told = self.fails_in_time(self.naming_kdcs(88), "login", "--check")
        kdc = self.site.domain.controller.address
        self.assertIn(f"KDC of AGENT.TEST: {kdc}:88 was asked, and has not answered", told)

    def test_an_agent_that_starts_anew_knows_whom_its_name_service_knows(self):
        self.restart_agent()
        self.timed(self.run_over_kerberos)


if __name__ == "__main__":
    main()
