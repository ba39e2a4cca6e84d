"""What holds for callers and an agent of a realm, whatever the realm is."""

import base64
import json
import re
import time

PATIENCE = 60


class Outcomes:
    """For a unittest.TestCase: of commands that ran to their end, and what comes to be by itself."""

    def assertSucceeds(self, done):
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def eventually(self, condition):
        deadline = time.monotonic() + PATIENCE
        while not condition():
            self.assertLess(time.monotonic(), deadline, "it does not come to it")
            time.sleep(0.05)


class RealmScenarios(Outcomes):
    """For a unittest.TestCase that has principals alice, bob and controller, and
      REALM, SERVICE      the names of the realm and of the agent's service
      STATE               the agent's state directory
      account(principal)  the name of its account on the agent's machine
      proctor(principal, *words), proctor_without_ticket(*words)
                          runs `proctor WORDS…` for the agent, on the client's machine; the tickets
                          of alice and controller are forwardable, bob's is not
      start_proctor(principal, *words)
                          the same, which goes on: its alive(), log_text() and wait() are those of
                          machines.Program
      on_agent(*words)    the output of a program on the agent's machine
      agent_file(name)    a path there, where root can make a file that every job sees
      agent_log()         of the agent
      restart_agent(signal)
                          ends proctord by it ("TERM", "KILL"), and has another one serve
    and an agent whose policy lets controller launch as alice and, were it possible, as root."""

    def sleeper(self, principal, *options):
        """The id of a job of the principal's that sleeps until the test ends."""
        done = self.proctor(principal, "launch", *options, "--", "sleep", "1000")
        self.assertSucceeds(done)
        job = done.stdout.strip()
        self.addCleanup(self.proctor, principal, "kill", "--grace", "0s", job)
        return job

    def record(self, principal, job):
        done = self.proctor(principal, "inspect", "--json", job)
        self.assertSucceeds(done)
        return json.loads(done.stdout)

    def assertIsPrincipal(self, found, principal):
        """`found`: what a record tells of somebody whom the realm vouched for."""
        self.assertEqual(found["name"], self.account(principal))
        self.assertEqual(found["domain"]["principal"], f"{principal}@{self.REALM}")

    def test_each_principal_is_its_account(self):
        for principal in ("alice", "bob", "controller"):
            account = self.account(principal)
            done = self.proctor(principal, "run", "--", "sh", "-c", "id; echo $USER $HOME")
            self.assertSucceeds(done)
            home = self.on_agent("getent", "passwd", account).split(":")[5]
            self.assertEqual(done.stdout, self.on_agent("id", account) + f"{account} {home}\n")

    def test_whoami_tells_the_realm_and_the_proof(self):
        done = self.proctor("alice", "whoami", "--json")
        self.assertSucceeds(done)
        for part in (f"alice@{self.REALM}", self.account("alice"), f"{self.SERVICE}@{self.REALM}"):
            self.assertIn(part, done.stdout)
        self.assertRegex(done.stdout, r'"channelBound": ?true')

    def test_another_principal_does_not_see_the_job(self):
        job = self.sleeper("alice")
        self.assertSucceeds(self.proctor("alice", "inspect", job))
        others = self.proctor("bob", "inspect", job)
        nobodys = self.proctor("bob", "inspect", job[:-4] + "0000")
        self.assertNotEqual(others.returncode, 0)
        self.assertEqual(others.stderr.replace(job, "JOB"),
                         nobodys.stderr.replace(job[:-4] + "0000", "JOB"))
        self.assertNotIn(job, self.proctor("bob", "ps", "--all").stdout)
        self.assertNotEqual(self.proctor("bob", "kill", job).returncode, 0)
        self.assertIn(job, self.proctor("alice", "ps").stdout)
        self.assertSucceeds(self.proctor("alice", "kill", "--grace", "0s", job))
        self.assertEqual(self.proctor("alice", "wait", job).returncode, 128 + 9)

    def test_who_is_attached_goes_on_after_a_restart_of_the_agent(self):
        self.attached_goes_on("TERM")

    def test_who_is_attached_goes_on_after_a_crash_of_the_agent(self):
        self.attached_goes_on("KILL")

    def until_word(self, name):
        """A FIFO, and the words of a job that prints and then waits for a word in it."""
        fifo = self.agent_file(name)
        self.on_agent("mkfifo", "-m", "666", fifo)
        self.addCleanup(self.on_agent, "rm", fifo)
        return fifo, ["sh", "-c", f"exec 3<>{fifo}; echo begun; read word <&3; echo $word"]

    def attached_goes_on(self, signal):
        fifos, scripts = zip(*(self.until_word(f"{signal}-{kind}") for kind in ("run", "launch")))
        opened = self.agent_log().count("authenticated ")
        launched = self.proctor("alice", "launch", "--", *scripts[1])
        self.assertSucceeds(launched)
        job = launched.stdout.strip()
        run, logs, wait = attached = [self.start_proctor("alice", *words) for words in (
            ("run", "--", *scripts[0]), ("logs", "-f", job), ("wait", job))]
        # The launch's session, and one of each; the client opens those of the next agent by itself.
        self.eventually(lambda: self.agent_log().count("authenticated ") == opened + 4)
        self.eventually(lambda: run.log_text() == logs.log_text() == "begun\n")
        self.restart_agent(signal)
        self.assertEqual([program.alive() for program in attached], [True] * 3)
        for fifo in fifos:
            self.on_agent("sh", "-c", f"echo ended >{fifo}")
        codes = [program.wait() for program in attached]
        self.assertEqual(codes, [0, 0, 0], [program.log_text() for program in attached])
        self.assertEqual(run.log_text(), "begun\nended\n")
        self.assertEqual(logs.log_text(), "begun\nended\n")
        self.assertRegex(wait.log_text(), "^exit 0 after .*\n$")

    def test_a_job_is_whose_it_was_after_a_restart_of_the_agent(self):
        own = self.sleeper("alice")
        handed = self.sleeper("controller", "--run-as", self.account("alice"))
        before = [self.record("alice", job) for job in (own, handed)]
        self.restart_agent("KILL")
        after = [self.record("alice", job) for job in (own, handed)]
        for part in ("owner", "user"):
            self.assertEqual([record[part] for record in after], [record[part] for record in before])
        self.assertIsPrincipal(after[0]["owner"], "alice")
        self.assertIsPrincipal(after[1]["owner"], "controller")
        self.assertEqual(after[1]["user"]["name"], self.account("alice"))
        for stranger, job in (("bob", own), ("bob", handed), ("controller", own)):
            self.assertIn(f"no job '{job}'", self.proctor(stranger, "inspect", job).stderr)
            self.assertNotIn(job, self.proctor(stranger, "ps", "--all").stdout)
            self.assertNotEqual(self.proctor(stranger, "kill", job).returncode, 0)
        self.assertSucceeds(self.proctor("alice", "kill", "--grace", "0s", own))
        self.assertSucceeds(self.proctor("controller", "kill", "--grace", "0s", handed))

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
        done = self.proctor("alice", "run", "--delegate", "--", "sh", "-c", "klist -f && "
                            "stat -c '%a %U' ${KRB5CCNAME#FILE:} && echo cache=$KRB5CCNAME")
        self.assertSucceeds(done)
        self.assertIn(f"Default principal: alice@{self.REALM}", done.stdout)
        self.assertIn(f"krbtgt/{self.REALM}@{self.REALM}", done.stdout)
        self.assertRegex(done.stdout, "Flags: [A-Za-z]*f")  # A forwarded one.
        self.assertIn(f"\n600 {self.account('alice')}\n", done.stdout)
        # The cache goes with the job.
        cache = re.search("cache=FILE:(.*)", done.stdout).group(1)
        self.eventually(lambda: self.on_agent("sh", "-c", f"test -e {cache} || echo gone") == "gone\n")

    def test_a_job_has_no_ticket_that_was_not_delegated(self):
        done = self.proctor("alice", "run", "--", "sh", "-c", "echo ${KRB5CCNAME-none}; klist")
        self.assertNotEqual(done.returncode, 0)
        self.assertEqual(done.stdout, "none\n")

    def test_a_ticket_that_is_not_forwardable_is_not_handed_over_which_is_told(self):
        done = self.proctor("bob", "launch", "--delegate", "--", "true")
        self.assertSucceeds(done)
        self.assertIn("not handed over: your ticket is not forwardable", done.stderr)
        found = self.record("bob", done.stdout.strip())["networkCredentials"]
        self.assertEqual(found["kind"], "NO_CREDENTIALS")
        self.assertIn("forwardable", found["reason"])

    def test_the_journal_holds_no_ticket(self):
        # In every credential cache, after its length: the first component of the ticket's server.
        ticket = b"\0\0\0\6krbtgt"
        cache = self.proctor("alice", "run", "--delegate", "--", "sh", "-c",
                             "base64 ${KRB5CCNAME#FILE:}")
        self.assertIn(ticket, base64.b64decode(cache.stdout))
        job = self.sleeper("alice", "--delegate")
        journal = base64.b64decode(
            self.on_agent("sh", "-c", f"cat {self.STATE}/journal.db* | base64"))
        self.assertIn(job.encode(), journal)  # So it is the right file.
        self.assertFalse(ticket in journal)

    def test_a_job_of_another_user_has_no_ticket_of_the_callers(self):
        done = self.proctor("controller", "run", "--delegate=required", "--run-as",
                            self.account("alice"), "--", "klist")
        self.assertNotEqual(done.returncode, 0)
        self.assertEqual(done.stdout, "")
        self.assertIn("klist:", done.stderr)

    def test_the_record_tells_of_the_credentials(self):
        for option, kind, word in ((["--delegate"], "DELEGATED", "handed over"),
                                   ([], "NO_CREDENTIALS", "--delegate")):
            done = self.proctor("alice", "launch", "--json", *option, "--", "true")
            self.assertSucceeds(done)
            self.assertIn(f'"{kind}"', done.stdout)
            self.assertIn(word, done.stdout)

    def test_without_a_ticket_nothing_works_and_the_advice_is_kinit(self):
        done = self.proctor_without_ticket("whoami")
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("kinit", done.stderr)
