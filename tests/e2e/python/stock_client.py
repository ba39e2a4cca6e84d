#!/usr/bin/python3
"""A stock gRPC client, with nothing of Proctor's installed and no identity metadata, does its work."""

import argparse
import os
import sys
import tempfile
import unittest

try:
    import grpc
    import google.protobuf  # pylint: disable=unused-import
except ImportError as missing:
    print("needs python3-grpcio and python3-protobuf:", missing)
    sys.exit(77)

sys.dont_write_bytecode = True  # No compiled modules in the source tree.

from agent import Agent
import stubs

DEADLINE = 30  # Seconds, for every call: a test must end.


class StockClientTest(unittest.TestCase):
    arguments = None

    @classmethod
    def setUpClass(cls):
        cls.generated = tempfile.TemporaryDirectory(prefix="proctor-stubs-")
        cls.addClassCleanup(cls.generated.cleanup)
        stubs.generate(cls.arguments.proto, cls.generated.name)
        from proctor.v1 import agent_pb2, authentication_pb2, job_pb2
        cls.agent_pb2, cls.job_pb2, cls.authentication_pb2 = agent_pb2, job_pb2, authentication_pb2
        cls.agent_process = Agent(cls.arguments.bin)
        cls.addClassCleanup(cls.agent_process.stop)
        cls.channel = grpc.insecure_channel(cls.agent_process.target())
        cls.addClassCleanup(cls.channel.close)
        try:
            grpc.channel_ready_future(cls.channel).result(timeout=DEADLINE)
        except grpc.FutureTimeoutError as error:
            raise AssertionError(cls.agent_process.log_text()) from error
        cls.agent = stubs.stub(cls.channel, agent_pb2, "Agent")
        cls.authentication = stubs.stub(cls.channel, authentication_pb2, "Authentication")

    def launch(self, *argv, **fields):
        request = self.agent_pb2.LaunchRequest(
            spec=self.job_pb2.LaunchSpec(argv=argv, **fields))
        return self.agent.Launch(request, timeout=DEADLINE)

    def wait(self, job_id, until=None):
        until = self.agent_pb2.WaitRequest.FINAL if until is None else until
        request = self.agent_pb2.WaitRequest(job_id=job_id, until=until)
        return self.agent.Wait(request, timeout=DEADLINE).exit

    def detail(self, error):
        """The FailureDetail in the status details of a failed call."""
        from google.rpc import status_pb2
        metadata = dict(error.trailing_metadata())
        status = status_pb2.Status.FromString(metadata["grpc-status-details-bin"])
        self.assertEqual(status.code, error.code().value[0])
        detail = self.job_pb2.FailureDetail()
        self.assertTrue(status.details[0].Unpack(detail))
        return detail

    def test_the_kernel_says_who_calls(self):
        me = self.authentication.WhoAmI(self.authentication_pb2.WhoAmIRequest(), timeout=DEADLINE)
        self.assertEqual(me.principal.posix.uid, os.getuid())
        self.assertEqual(me.principal.posix.gid, os.getgid())
        self.assertEqual(list(me.principal.posix.groups), sorted(os.getgroups()))
        self.assertTrue(me.can_launch, me.cannot_launch_reason)

    def test_launch_and_wait(self):
        launched = self.launch("sh", "-c", "exit 7")
        self.assertGreater(launched.main_process.pid, 0)
        self.assertEqual(launched.stages[0].stage, 1)  # AUTHENTICATE
        exit_record = self.wait(launched.job_id)
        self.assertEqual(exit_record.reason, self.job_pb2.EXITED)
        self.assertEqual(exit_record.exit_code, 7)
        self.assertTrue(exit_record.final)

    def test_kill_ends_the_tree(self):
        launched = self.launch("sh", "-c", "sleep 1000 & sleep 1000")
        request = self.agent_pb2.KillRequest(job_id=launched.job_id)
        killed = self.agent.Kill(request, timeout=DEADLINE)
        self.assertFalse(killed.already_finished)
        self.assertEqual(killed.exit.reason, self.job_pb2.KILLED)
        self.assertFalse(os.path.exists("/proc/%d" % launched.main_process.pid))
        self.assertTrue(self.agent.Kill(request, timeout=DEADLINE).already_finished)

    def test_run_streams_output_as_the_caller(self):
        spec = self.job_pb2.LaunchSpec(argv=["sh", "-c", "id -u; id -g; echo oops >&2; exit 3"])
        output = {self.agent_pb2.STDOUT: b"", self.agent_pb2.STDERR: b""}
        events = []
        for response in self.agent.Run(self.agent_pb2.RunRequest(spec=spec), timeout=DEADLINE):
            event = response.WhichOneof("event")
            if event == "output":
                output[response.output.stream] += response.output.data
            else:
                events.append(event)
        self.assertEqual(events, ["launched", "main_exited", "finished"])
        self.assertEqual(response.finished.exit_code, 3)
        self.assertEqual(output[self.agent_pb2.STDOUT].split(),
                         [b"%d" % os.getuid(), b"%d" % os.getgid()])
        self.assertEqual(output[self.agent_pb2.STDERR], b"oops\n")

    def test_a_failure_says_what_failed(self):
        with self.assertRaises(grpc.RpcError) as caught:
            self.launch("/no/such/program")
        self.assertEqual(caught.exception.code(), grpc.StatusCode.NOT_FOUND)
        detail = self.detail(caught.exception)
        self.assertEqual(detail.call, "execve")
        self.assertEqual(detail.os_error_name, "ENOENT")
        self.assertEqual(detail.os_error_code, 2)
        self.assertEqual(detail.subject, "/no/such/program")
        self.assertTrue(detail.advice)
        self.assertTrue(detail.stages)

    def test_a_wrong_field_is_named(self):
        with self.assertRaises(grpc.RpcError) as caught:
            self.launch()
        self.assertEqual(caught.exception.code(), grpc.StatusCode.INVALID_ARGUMENT)
        self.assertEqual(self.detail(caught.exception).field, "spec.argv")

    def test_an_unknown_job_is_not_found(self):
        with self.assertRaises(grpc.RpcError) as caught:
            self.wait("0" * 26)
        self.assertEqual(caught.exception.code(), grpc.StatusCode.NOT_FOUND)

    def test_health(self):
        from grpc.health.v1 import health_pb2
        health = stubs.stub(self.channel, health_pb2, "Health")
        for service in ("", "proctor.v1.Agent"):
            answer = health.Check(health_pb2.HealthCheckRequest(service=service), timeout=DEADLINE)
            self.assertEqual(answer.status, health_pb2.HealthCheckResponse.SERVING, service)

    def test_reflection_lists_the_services(self):
        from grpc.reflection.v1alpha import reflection_pb2
        reflection = stubs.stub(self.channel, reflection_pb2, "ServerReflection")
        requests = iter([reflection_pb2.ServerReflectionRequest(list_services="")])
        answer = next(reflection.ServerReflectionInfo(requests, timeout=DEADLINE))
        names = {service.name for service in answer.list_services_response.service}
        self.assertLessEqual({"proctor.v1.Agent", "proctor.v1.Authentication"}, names)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", required=True, help="directory of proctord and proctor-jobhost")
    parser.add_argument("--proto", required=True, help="the proto directory of the source tree")
    StockClientTest.arguments, rest = parser.parse_known_args()
    unittest.main(argv=sys.argv[:1] + rest, verbosity=2)
