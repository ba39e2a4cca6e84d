"""A Kerberos realm: tests/realm/realm_main."""

import os
import subprocess

from network import Skip, environment


class Realm:
    """`accounts`: the account of this machine for each principal, whose password is "secret"."""

    def __init__(self, bin_directory, machine, accounts, services):
        words = [os.path.join(bin_directory, "realm_main"), "-a", machine.address]
        for principal, account in accounts.items():
            words += ["-u", f"{principal}:secret", "-m", f"{principal}:{account}"]
        for service in services:
            words += ["-s", service]
        self._process = subprocess.Popen(machine.words(*words), text=True, env=environment({}),
                                         stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self._values = {}
        for line in self._process.stdout:
            if line == "\n":
                break
            name, _, value = line.rstrip("\n").partition("=")
            self._values[name] = value
        if "KRB5_CONFIG" not in self._values:
            code = self.stop()
            if code == 77:
                raise Skip("an MIT KDC (packages krb5-kdc, krb5-admin-server, krb5-user)")
            raise RuntimeError(f"realm_main ended with {code}")

    def client(self, ccache):
        """The environment of a client with the tickets in `ccache`."""
        return {"KRB5_CONFIG": self._values["KRB5_CONFIG"], "KRB5CCNAME": f"FILE:{ccache}"}

    def acceptor(self, service):
        return {"KRB5_CONFIG": self._values["KRB5_CONFIG"],
                "KRB5RCACHENAME": self._values["KRB5RCACHENAME"],
                "KRB5_KTNAME": "FILE:" + self._values["KEYTAB_" + service]}

    def file(self, name):
        return os.path.join(self._values["REALM_DIRECTORY"], name)

    def stop(self):
        self._process.stdin.close()
        self._process.stdout.close()
        return self._process.wait(timeout=60)
