"""What holds for callers and an agent of a realm, whatever the realm is."""

import re


class Outcomes:
    """For a unittest.TestCase: of commands that ran to their end."""

    def assertSucceeds(self, done):
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)


class RealmScenarios(Outcomes):
    """For a unittest.TestCase that has principals alice, bob and controller, and
      REALM, SERVICE      the names of the realm and of the agent's service
      account(principal)  the name of its account on the agent's machine
      proctor(principal, *words), proctor_without_ticket(*words)
                          runs `proctor WORDS…` for the agent, on the client's machine; the tickets
                          of alice and controller are forwardable
      on_agent(*words)    the output of a program on the agent's machine
    and an agent whose policy lets controller launch as alice and, were it possible, as root."""

    def test_each_principal_is_its_account(self):
        for principal in ("alice", "bob", "controller"):
            done = self.proctor(principal, "run", "--", "id")
            self.assertSucceeds(done)
            self.assertEqual(done.stdout, self.on_agent("id", self.account(principal)))

    def test_whoami_tells_the_realm_and_the_proof(self):
        done = self.proctor("alice", "whoami", "--json")
        self.assertSucceeds(done)
        for part in (f"alice@{self.REALM}", self.account("alice"), f"{self.SERVICE}@{self.REALM}"):
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
        alice = self.account("alice")
        done = self.proctor("controller", "run", "--run-as", alice, "--", "id", "-u")
        self.assertSucceeds(done)
        self.assertEqual(done.stdout, self.on_agent("id", "-u", alice))

    def test_a_controller_launches_for_nobody_else(self):
        for account in ("root", self.account("bob")):
            done = self.proctor("controller", "run", "--run-as", account, "--", "id", "-u")
            self.assertNotEqual(done.returncode, 0, account)
            self.assertEqual(done.stdout, "", account)
            self.assertIn("no policy lets", done.stderr)
        done = self.proctor("bob", "run", "--run-as", self.account("alice"), "--", "id", "-u")
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("no policy lets", done.stderr)

    def test_a_job_has_the_ticket_that_was_delegated(self):
        done = self.proctor("alice", "run", "--delegate", "--", "klist")
        self.assertSucceeds(done)
        self.assertIn(f"Default principal: alice@{self.REALM}", done.stdout)
        self.assertIn(f"krbtgt/{self.REALM}@{self.REALM}", done.stdout)

    def test_a_job_has_no_ticket_that_was_not_delegated(self):
        done = self.proctor("alice", "run", "--", "klist")
        self.assertNotEqual(done.returncode, 0)
        self.assertEqual(done.stdout, "")

    def test_a_job_of_another_user_has_no_ticket_of_the_callers(self):
        done = self.proctor("controller", "run", "--delegate=required", "--run-as",
                            self.account("alice"), "--", "klist")
        self.assertNotEqual(done.returncode, 0)
        self.assertEqual(done.stdout, "")
        self.assertIn("klist:", done.stderr)

    def test_the_record_tells_of_the_credentials(self):
        for option, kind in ((["--delegate"], "DELEGATED"), ([], "NO_CREDENTIALS")):
            done = self.proctor("alice", "launch", "--json", *option, "--", "true")
            self.assertSucceeds(done)
            self.assertIn(f'"{kind}"', done.stdout)

    def test_without_a_ticket_nothing_works_and_the_advice_is_kinit(self):
        done = self.proctor_without_ticket("whoami")
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("kinit", done.stderr)
