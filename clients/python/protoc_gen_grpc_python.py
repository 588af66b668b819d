"""The plugin protoc-gen-grpc_python for buf: grpcio-tools has it only built into its protoc."""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from google.protobuf.compiler.plugin_pb2 import CodeGeneratorRequest, CodeGeneratorResponse
from google.protobuf.descriptor_pb2 import FileDescriptorSet
from grpc_tools import protoc


def generate(request: CodeGeneratorRequest) -> CodeGeneratorResponse:
    with TemporaryDirectory() as folder:
        definitions, out = Path(folder, "definitions.binpb"), Path(folder, "out")
        definitions.write_bytes(FileDescriptorSet(file=request.proto_file).SerializeToString())
        out.mkdir()
        options = [f"--descriptor_set_in={definitions}", f"--grpc_python_out={out}"]
        if protoc.main(["protoc", *options, *request.file_to_generate]) != 0:
            return CodeGeneratorResponse(error="protoc failed")
        response = CodeGeneratorResponse(
            supported_features=CodeGeneratorResponse.FEATURE_PROTO3_OPTIONAL
        )
        for made in sorted(out.rglob("*.py")):
            response.file.add(name=made.relative_to(out).as_posix(), content=made.read_text())
        return response


sys.stdout.buffer.write(
    generate(CodeGeneratorRequest.FromString(sys.stdin.buffer.read())).SerializeToString()
)
