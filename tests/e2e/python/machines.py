"""Machines that are namespaces of every kind, on one network. Unlike those of network.py they have an
/etc and a /var of their own, which begin as the real machine's, an empty /run, and programs that the
real machine has not. Nothing of it is seen outside, and all of it ends with the process that holds it,
which ends with the test."""

import contextlib
import os
import re
import subprocess

from network import Skip, environment, is_mounted

# What runs in a new machine: $1 is laid over /usr, $2 is the host's name. It takes in orphans, and
# ends when the test closes its input.
BEGIN = """
set -e
mount -t tmpfs -o mode=755 tmpfs /run
mount -t overlay -o "lowerdir=$1/usr:/usr" overlay /usr
for directory in etc var; do
  mkdir -p "/run/layers/$directory/upper" "/run/layers/$directory/work"
  chmod --reference="/$directory" "/run/layers/$directory/upper"
  mount -t overlay overlay "/$directory" -o \
    "lowerdir=/$directory,upperdir=/run/layers/$directory/upper,workdir=/run/layers/$directory/work"
done
hostname "$2"
ip link set lo up
echo ready
cat
exit
"""
PATIENCE = 60


def _begin(words, what):
    """Starts a process that holds namespaces; it says "ready" when they are as they should be."""
    process = subprocess.Popen(words, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT, env=environment({}))
    said = ""
    for line in process.stdout:
        if line == "ready\n":
            return process
        said += line
    _end(process)
    raise Skip(f"{what}: {said.strip()}")


def _end(process):
    process.stdin.close()
    process.wait(timeout=PATIENCE)
    process.stdout.close()


class Lan:
    """A switch that machines are plugged into."""

    def __init__(self):
        if os.geteuid() != 0:
            raise Skip("root, to make namespaces")
        self._switch = _begin(
            ["unshare", "--net", "sh", "-c", "ip link add name switch type bridge && "
             "ip link set switch up && echo ready && exec cat"],
            "CAP_SYS_ADMIN, CAP_NET_ADMIN and network bridges")
        self._machines = []

    def _inside(self, *words):
        subprocess.run(["nsenter", f"--net=/proc/{self._switch.pid}/ns/net", *words], check=True)

    def plug(self, machine, pid):
        """Joins the machine that the process holds to the switch, by its interface "wire". Machines
        know each other's hardware addresses: one that is silent does not seem to be gone."""
        name = machine.short_name
        subprocess.run(["ip", "link", "add", "wire", "netns", str(pid), "address", machine.hardware,
                        "type", "veth", "peer", "name", name, "netns", str(self._switch.pid)],
                       check=True)
        self._inside("ip", "link", "set", name, "master", "switch", "up")
        machine.must("ip", "address", "add", f"{machine.address}/24", "dev", "wire")
        machine.must("ip", "link", "set", "wire", "up")
        for other in self._machines:
            other.learn(machine)
            machine.learn(other)
        self._machines.append(machine)

    def silence(self, machine, silent=True):
        """What the machine sends or is sent is lost, without a word to anyone."""
        self._inside("bridge", "link", "set", "dev", machine.short_name, "state",
                     "0" if silent else "3")

    def close(self):
        """Ends the machines, the last one first, and the switch."""
        while self._machines:
            self._machines.pop().stop()
        _end(self._switch)


class Machine:
    """`programs`: a directory whose usr/ is laid over /usr. `number`: the last part of its address."""

    def __init__(self, lan, name, number, programs):
        self.name = name
        self.short_name = name.split(".")[0]
        self.address = f"10.213.8.{number}"
        self.hardware = f"02:00:0a:d5:08:{number:02x}"
        self._programs = []
        self._cgroup = None
        self._init = _begin(
            ["unshare", "--mount", "--uts", "--ipc", "--net", "--pid", "--fork", "--kill-child",
             "--mount-proc", "--propagation", "private", "bash", "-c", BEGIN, "bash", programs,
             self.short_name],
            "CAP_SYS_ADMIN and overlay file systems")
        try:
            self._cgroup = _make_cgroup(self.short_name)
            lan.plug(self, self._init.pid)
            self.write("/etc/hosts",
                       f"127.0.0.1 localhost\n{self.address} {name} {self.short_name}\n")
            self.write("/etc/hostname", self.short_name + "\n")
        except BaseException:
            self.stop()
            raise

    def learn(self, other):
        self.must("ip", "neighbour", "replace", other.address, "lladdr", other.hardware,
                  "dev", "wire", "nud", "permanent")

    def words(self, *command):
        """The command line that runs `command` on this machine. Its end is not the command's: that
        is stop(), or Program.stop()."""
        process = f"/proc/{self._init.pid}"
        namespaces = (f"--{option}={process}/ns/{name}" for option, name in (
            ("mount", "mnt"), ("uts", "uts"), ("ipc", "ipc"), ("net", "net"),
            ("pid", "pid_for_children")))
        # The namespace alone would lead out of a chroot.
        return ["nsenter", *namespaces, f"--root={process}/root",
                f"--wd={process}/root", "--", *command]

    def run(self, *command, env=None, **options):
        """Runs it to its end; the result, whatever its exit code."""
        return subprocess.run(self.words(*command), env=environment(env), text=True,
                              capture_output=True, timeout=120, check=False, **options)

    def must(self, *command, **options):
        """Runs it, successfully; what it printed."""
        done = self.run(*command, **options)
        if done.returncode != 0:
            raise RuntimeError(f"{self.name}: {' '.join(command)}: exit code {done.returncode}\n" +
                               done.stdout + done.stderr)
        return done.stdout

    def start(self, *command, env=None):
        program = Program(self, len(self._programs), self._cgroup, command, env)
        self._programs.append(program)
        return program

    def write(self, path, text):
        """Makes or replaces a file, whatever it was a link to, and the directory it is in."""
        self.must("sh", "-c", 'mkdir -p "${1%/*}" && rm -f "$1" && cat >"$1" && chmod 644 "$1"',
                  "sh", path, input=text)

    def read(self, path):
        return self.must("cat", path)

    def stop(self):
        """Ends every process of the machine; may be called again."""
        if self._init is None:
            return
        _end(self._init)
        self._init = None
        for program in self._programs:
            program.wait()
        _remove_cgroup(self._cgroup)


class Program:
    """A process of a machine that goes on, in a cgroup of the machine's; its output is kept."""

    def __init__(self, machine, number, cgroup, command, env):
        self._machine = machine
        self._file = f"/run/program-{number}"
        # Its id is written before anyone can ask for it.
        script = ('[ -z "$2" ] || echo 0 >"$2/cgroup.procs"; echo $$ >"$1.pid"; echo begun; '
                  'exec >"$1.log" 2>&1; shift 2; exec "$@"')
        self._process = subprocess.Popen(
            machine.words("sh", "-c", script, "sh", self._file, cgroup or "", *command),
            env=environment(env), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
        self._process.stdout.readline()

    def alive(self):
        return self._process.poll() is None

    def signal(self, name):
        self._machine.must("sh", "-c", f'kill -{name} "$(cat {self._file}.pid)"')

    def log_text(self):
        return self._machine.run("cat", self._file + ".log").stdout

    def stop(self, signal="TERM"):
        if self.alive():
            self.signal(signal)
        self.wait()

    def wait(self):
        """Until it has ended; its exit code."""
        code = self._process.wait(timeout=PATIENCE)
        self._process.stdout.close()
        return code


def _cgroup_mount():
    """Where cgroup v2 is, alone or beside v1; None when it is not."""
    for mount in ("/sys/fs/cgroup/unified", "/sys/fs/cgroup"):
        if is_mounted(mount) and os.path.exists(os.path.join(mount, "cgroup.procs")):
            return mount
    return None


def _make_cgroup(machine):
    """Its path; None without a cgroup v2 that can be written. Removes those of tests that were killed,
    with whom their machines have ended."""
    mount = _cgroup_mount()
    if mount is None:
        return None
    for name in os.listdir(mount):
        match = re.fullmatch(r"proctor-machine-(\d+)-.*", name)
        if match and not os.path.exists(f"/proc/{match.group(1)}"):
            # Not where the process is one of another namespace.
            with contextlib.suppress(OSError):
                _remove_cgroup(os.path.join(mount, name))
    path = os.path.join(mount, f"proctor-machine-{os.getpid()}-{machine}")
    try:
        os.mkdir(path)
    except OSError:
        return None
    return path


def _remove_cgroup(path):
    if path is None:
        return
    for directory, _, _ in os.walk(path, topdown=False):
        os.rmdir(directory)
