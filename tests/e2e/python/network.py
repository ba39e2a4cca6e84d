"""Machines that are network namespaces of the test's own, joined by a wire."""

import os
import subprocess
import tempfile


NAMESPACES = "/run/netns"


class Skip(Exception):
    """What this machine lacks for the test."""


def run(*words, **options):
    return subprocess.run(words, check=True, text=True, capture_output=True, **options)


def is_mounted(path):
    """Unlike os.path.ismount, also for a directory that is mounted on itself."""
    with open("/proc/self/mounts", encoding="utf-8") as mounts:
        return any(line.split()[1] == path for line in mounts)


class Machine:
    """One namespace. Its programs see its name as the host's, and the network's names in /etc/hosts;
    both in a mount and UTS namespace of their own, so that nothing of the real machine changes."""

    def __init__(self, network, name, address):
        self.network = network
        self.name = name
        self.address = address
        self.namespace = f"proctor-{os.getpid()}-{name.split('.')[0]}"

    def words(self, *command):
        """The command line that runs `command` on this machine."""
        enter = ["nsenter", f"--net={NAMESPACES}/{self.namespace}"]
        apart = ["unshare", "--mount", "--uts", "--propagation", "private"]
        script = 'mount --bind "$1" /etc/hosts && hostname "$2" && shift 2 && exec "$@"'
        return [*enter, *apart, "sh", "-c", script, "sh", self.network.hosts, self.name, *command]

    def run(self, *command, env=None, **options):
        """Runs it to its end; the result, whatever its exit code."""
        return subprocess.run(self.words(*command), env=environment(env), text=True,
                              capture_output=True, timeout=120, check=False, **options)


def environment(changes):
    kept = {name: value for name, value in os.environ.items() if not name.startswith("KRB5")}
    return {**kept, **(changes or {})}


class Network:
    """Two machines and the wire between them: close() removes them."""

    def __init__(self, client="client.test", agent="agent.test"):
        if os.geteuid() != 0:
            raise Skip("root, to make network namespaces")
        self.client = Machine(self, client, "10.213.7.1")
        self.agent = Machine(self, agent, "10.213.7.2")
        self._made = []
        self._mounted_before = is_mounted(NAMESPACES)
        with tempfile.NamedTemporaryFile("w", prefix="proctor-hosts-", delete=False) as hosts:
            os.chmod(hosts.name, 0o644)
            hosts.write("127.0.0.1 localhost\n")
            for machine in (self.client, self.agent):
                hosts.write(f"{machine.address} {machine.name}\n")
        self.hosts = hosts.name
        try:
            self._build()
        except BaseException:
            self.close()
            raise

    def _build(self):
        for machine in (self.client, self.agent):
            try:
                run("ip", "netns", "add", machine.namespace)
            except FileNotFoundError as error:
                raise Skip("ip (package iproute2)") from error
            except subprocess.CalledProcessError as error:
                raise Skip(f"CAP_SYS_ADMIN and CAP_NET_ADMIN: {error.stderr.strip()}") from error
            self._made.append(machine.namespace)
        run("ip", "link", "add", "wire", "netns", self.client.namespace, "type", "veth",
            "peer", "name", "wire", "netns", self.agent.namespace)
        for machine in (self.client, self.agent):
            inside = ["ip", "-n", machine.namespace]
            run(*inside, "address", "add", f"{machine.address}/24", "dev", "wire")
            run(*inside, "link", "set", "wire", "up")
            run(*inside, "link", "set", "lo", "up")

    def close(self):
        while self._made:
            subprocess.run(["ip", "netns", "delete", self._made.pop()], check=False)
        # ip(8) leaves the directory mounted on itself.
        ours = not self._mounted_before and is_mounted(NAMESPACES)
        if ours and not os.listdir(NAMESPACES):
            subprocess.run(["umount", NAMESPACES], check=False)
            os.rmdir(NAMESPACES)
        if os.path.exists(self.hosts):
            os.unlink(self.hosts)
