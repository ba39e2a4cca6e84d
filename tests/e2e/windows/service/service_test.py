"""The service proctord: from install to uninstall."""

import sys
import unittest

from windows_system import WindowsSystem, eventually

PROGRAMS = sys.argv.pop(1)
EVENT_SOURCE = r"HKLM\SYSTEM\CurrentControlSet\Services\EventLog\Application\proctord"


class ProgramTest(unittest.TestCase):
    def setUp(self):
        self.system = WindowsSystem(PROGRAMS)
        missing = self.system.missing()
        if missing:
            self.skipTest(missing)
        self.addCleanup(self.system.close)
        self.data = self.system.data_directory()

    def ok(self, program, *arguments):
        result = self.system.run(program, *arguments)
        self.assertEqual(result.returncode, 0, (program, arguments, result.stdout, result.stderr))
        return result.stdout.decode()

    def fails(self, program, *arguments):
        result = self.system.run(program, *arguments)
        self.assertNotEqual(result.returncode, 0, result.stdout)
        return result.stderr.decode()

    def start(self):
        self.ok("net", "start", "proctord")
        eventually(lambda: self.system.service_state() == "RUNNING", "the service runs")

    def stop(self):
        self.ok("net", "stop", "proctord")
        eventually(lambda: self.system.service_state() == "STOPPED", "the service has stopped")

    def log(self):
        path = self.data / "proctord.log"
        return path.read_text(errors="replace") if path.exists() else ""

    def configuration(self, text):
        (self.data / "proctord.textproto").write_text(text)

    def test_a_service_serves_from_install_to_uninstall(self):
        self.assertIn("installed the service", self.ok("proctord", "install"))
        self.assertIn("# pipe:", (self.data / "proctord.textproto").read_text())
        self.ok("reg", "query", EVENT_SOURCE)
        self.start()
        result = self.system.run("proctor", "run", "--", "cmd.exe", "/c", "echo to-you& exit 7")
        self.assertEqual((result.stdout.strip(), result.returncode), (b"to-you", 7), result.stderr)
        self.ok("proctord", "reload")
        eventually(lambda: "configuration read again" in self.log(), "the reload is logged")
        self.stop()
        self.assertIn("stopped", self.log())
        self.assertIn("removed the service", self.ok("proctord", "uninstall"))
        self.assertIsNone(self.system.service_state())
        self.fails("reg", "query", EVENT_SOURCE)

    def test_install_and_uninstall_may_be_repeated(self):
        self.ok("proctord", "install")
        self.configuration('pipe: "mine"')
        self.assertIn("was there", self.ok("proctord", "install"))
        self.assertEqual((self.data / "proctord.textproto").read_text(), 'pipe: "mine"')
        self.ok("proctord", "uninstall")
        self.assertIn("there was no service", self.ok("proctord", "uninstall"))

    def test_programs_that_others_can_write_are_not_installed(self):
        for opened in (self.system.programs, self.system.programs / "proctord.exe",
                       self.system.programs.parent):
            if self.system.native:
                self.skipTest("needs a folder of its own, as under Wine")
            mode = opened.stat().st_mode
            opened.chmod(0o777)
            told = self.fails("proctord", "install")
            opened.chmod(mode)
            self.assertIn("can be changed by S-1-1-0", told)
            self.assertIsNone(self.system.service_state())
        self.ok("proctord", "install")

    def test_uninstall_stops_a_service_that_runs(self):
        self.ok("proctord", "install")
        self.start()
        self.ok("proctord", "uninstall")
        self.assertIsNone(self.system.service_state())
        self.assertIn("stopped", self.log())

    def test_jobs_outlive_a_restart_of_the_service(self):
        self.ok("proctord", "install")
        self.start()
        job = self.ok("proctor", "launch", "--", "cmd.exe", "/c",
                      "ping -n 20 127.0.0.1 >NUL & exit 5").strip()
        self.stop()
        self.start()
        result = self.system.run("proctor", "wait", job)
        self.assertEqual(result.returncode, 5, result.stderr)

    def test_a_wrong_configuration_keeps_the_service_from_being_installed(self):
        self.data.mkdir(parents=True, exist_ok=True)
        self.configuration('\npipes: "x"')
        told = self.fails("proctord", "install")
        self.assertIn("proctord.textproto:2:", told)
        self.assertIsNone(self.system.service_state())

    def test_a_wrong_configuration_is_not_taken_by_a_service_that_runs(self):
        self.ok("proctord", "install")
        self.start()
        self.configuration('\npipes: "x"')
        self.assertIn("proctord.textproto:2:", self.fails("proctord", "reload"))
        # Also when another file was looked at before.
        other = self.data / "other.textproto"
        other.write_text("# nothing but defaults\n")
        self.ok("proctord", "reload", "--config", self.system.windows_path(other))
        eventually(lambda: "the configuration stays as it was" in self.log(), "it is refused")
        self.ok("proctor", "info")
        self.assertEqual(self.system.service_state(), "RUNNING")

    def test_a_reload_without_a_service_says_what_to_do(self):
        self.ok("proctord", "install")
        self.ok("proctord", "uninstall")
        told = self.fails("proctord", "reload")
        self.assertIn("ERROR_SERVICE_DOES_NOT_EXIST (1060)", told)
        self.assertIn("proctord install", told)


def main():
    program = unittest.main(verbosity=2, exit=False)
    result = program.result
    for _, reason in result.skipped:
        print(reason)
    skipped = result.skipped and not result.failures and not result.errors
    sys.exit(77 if skipped else 0 if result.wasSuccessful() else 1)


if __name__ == "__main__":
    main()
