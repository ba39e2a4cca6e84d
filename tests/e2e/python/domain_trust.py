"""Another domain, which the agent's domain trusts."""

from domain import Domain
from domain_site import CONFIG, Member

RULES = """[realms]
AGENT.TEST = {
  auth_to_local = RULE:[1:$1@$0](^partner@OTHER[.]TEST$)s/.*/bob/
  auth_to_local = DEFAULT
}
"""


class TrustScenarios(Member):
    """For a unittest.TestCase. The other domain's users are alice, as an account of the agent's machine
    is called, and partner."""

    JOINED_BY = "msktutil"
    OTHER = "OTHER.TEST"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        own = cls.site.domain
        cls.other = Domain("other.test", ["alice", "partner"], beside=own)
        own.trust(cls.other)
        kdcs = "".join(f"{domain.realm} = {{\nkdc = {domain.controller.address}\n}}\n"
                       for domain in (own, cls.other))
        cls.client.write("/run/two-realms.conf", f"{own.kerberos}[realms]\n{kdcs}")

    @classmethod
    def ticket(cls, principal):
        """The environment of the other domain's `principal`."""
        if principal not in cls.tickets:
            env = {**cls.other.client(f"/run/other-{principal}.ccache"),
                   "KRB5_CONFIG": "/run/two-realms.conf"}
            cls.client.must("kinit", f"{principal}@{cls.OTHER}", input=Domain.PASSWORD + "\n", env=env)
            cls.tickets[principal] = env
        return cls.tickets[principal]

    def test_its_principals_are_nobody_here(self):
        for principal in ("alice", "partner"):
            who = self.proctor(principal, "whoami")
            self.assertSucceeds(who)
            words = [f"{principal}@{self.OTHER}", "trusted_realm"]
            self.assertTells(who.stdout, [*words, self.other.sids[principal]])
            self.assertRefused(self.proctor(principal, "run", "--", "id"), words)

    def test_trusted_its_principal_is_whom_a_rule_names(self):
        self.addCleanup(self.restart_agent)
        self.addCleanup(self.machine.write, "/etc/krb5.conf", self.site.domain.kerberos)
        self.machine.write("/etc/krb5.conf", self.site.domain.kerberos + RULES)
        self.site.restart_agent(
            self.machine, CONFIG + f'negotiate {{ trusted_realm: "{self.OTHER}" }}\n')
        done = self.proctor("partner", "run", "--", "id", "-un")
        self.assertSucceeds(done)
        self.assertEqual(done.stdout, "bob\n")
        self.assertRefused(self.proctor("alice", "run", "--", "id"),
                           [f"alice@{self.OTHER}", "no auth_to_local rule"])
