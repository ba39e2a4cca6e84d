"""Generates Python modules from the protos, with protoc alone or with the gRPC plugin."""

import os
import shutil
import subprocess
import sys

# Services that every gRPC server of ours has, but whose proto is not ours.
HEALTH_PROTO = """
syntax = "proto3";
package grpc.health.v1;
message HealthCheckRequest { string service = 1; }
message HealthCheckResponse {
  enum ServingStatus { UNKNOWN = 0; SERVING = 1; NOT_SERVING = 2; SERVICE_UNKNOWN = 3; }
  ServingStatus status = 1;
}
service Health { rpc Check(HealthCheckRequest) returns (HealthCheckResponse); }
"""

PROTOS = [
    "proctor/v1/token_stage.proto",
    "proctor/v1/job.proto",
    "proctor/v1/agent.proto",
    "proctor/v1/authentication.proto",
    "google/rpc/status.proto",
    "grpc/reflection/v1alpha/reflection.proto",
    "grpc/health/v1/health.proto",
]


def generate(proto_directory, out):
    """Writes the modules to `out` and makes them importable."""
    own = os.path.join(out, "protos")
    os.makedirs(os.path.join(own, "grpc/health/v1"))
    with open(os.path.join(own, "grpc/health/v1/health.proto"), "w", encoding="utf-8") as file:
        file.write(HEALTH_PROTO)
    command = ["protoc", "-I" + proto_directory, "-I" + own, "--python_out=" + out]
    plugin = shutil.which("grpc_python_plugin")
    if plugin:
        command += ["--plugin=protoc-gen-grpc_python=" + plugin, "--grpc_python_out=" + out]
    subprocess.run(command + PROTOS, check=True)
    sys.path.insert(0, out)
    # Both names belong to installed packages already: extend those.
    import google
    import grpc
    google.__path__.append(os.path.join(out, "google"))
    grpc.__path__.append(os.path.join(out, "grpc"))


class Service:
    """A stub made from a service's descriptor, for machines without the gRPC plugin."""

    def __init__(self, channel, descriptor):
        for method in descriptor.methods:
            path = "/%s/%s" % (descriptor.full_name, method.name)
            kind = {
                (False, False): channel.unary_unary,
                (False, True): channel.unary_stream,
                (True, True): channel.stream_stream,
            }[_streaming(method)]
            setattr(self, method.name, kind(
                path,
                request_serializer=_message(method.input_type).SerializeToString,
                response_deserializer=_message(method.output_type).FromString))


def stub(channel, pb2, service):
    """The generated stub of `service` where there is one, otherwise the same from descriptors."""
    import importlib
    try:
        module = importlib.import_module(pb2.__name__ + "_grpc")
    except ImportError:
        return Service(channel, pb2.DESCRIPTOR.services_by_name[service])
    return getattr(module, service + "Stub")(channel)


def _streaming(method):
    from google.protobuf import descriptor_pb2
    proto = descriptor_pb2.MethodDescriptorProto()
    method.CopyToProto(proto)
    return proto.client_streaming, proto.server_streaming


def _message(descriptor):
    from google.protobuf import message_factory
    return message_factory.MessageFactory().GetPrototype(descriptor)
