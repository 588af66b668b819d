import { type DescFile, type DescService, toBinary } from "@bufbuild/protobuf";
import { nestedTypes } from "@bufbuild/protobuf/reflect";
import { FileDescriptorProtoSchema } from "@bufbuild/protobuf/wkt";
import { Code } from "@connectrpc/connect";
import { file_google_rpc_error_details } from "@countersign/protocol/google/rpc/error_details_pb.js";
import { ServerReflection } from "@countersign/protocol/grpc/reflection/v1/reflection_pb.js";
import { ServerReflection as ServerReflectionAlpha } from "@countersign/protocol/grpc/reflection/v1alpha/reflection_pb.js";
import { type ServedService, serveService } from "./served-service.js";

/**
 * Server reflection, v1 and v1alpha, over the given services and itself. It describes everything in `proto/`, and the details of errors, which
 * nothing there imports.
 */
export function createReflection(services: readonly DescService[]): ServedService[] {
  const catalogue = catalogueOf([...services, ServerReflection, ServerReflectionAlpha]);
  return [
    serveService(ServerReflection, {
      async *serverReflectionInfo(requests) {
        for await (const request of requests) {
          const messageResponse = answer(catalogue, request.messageRequest);
          yield { validHost: request.host, originalRequest: request, messageResponse };
        }
      },
    }),
    serveService(ServerReflectionAlpha, {
      async *serverReflectionInfo(requests) {
        for await (const request of requests) {
          const messageResponse = answer(catalogue, request.messageRequest);
          yield { validHost: request.host, originalRequest: request, messageResponse };
        }
      },
    }),
  ];
}

/** Both versions have the same requests and answers. */
type Question =
  | {
      readonly case: "fileByFilename" | "fileContainingSymbol" | "allExtensionNumbersOfType" | "listServices";
      readonly value: string;
    }
  | { readonly case: "fileContainingExtension"; readonly value: object }
  | { readonly case: undefined };

interface Catalogue {
  readonly serviceNames: readonly string[];
  readonly byName: ReadonlyMap<string, DescFile>;
  readonly bySymbol: ReadonlyMap<string, DescFile>;
}

function answer({ serviceNames, byName, bySymbol }: Catalogue, question: Question) {
  switch (question.case) {
    case "listServices":
      return {
        case: "listServicesResponse" as const,
        value: { service: serviceNames.map((name) => ({ name })) },
      };
    case "fileByFilename":
      return filesOr(byName.get(question.value), "no such file");
    case "fileContainingSymbol":
      return filesOr(bySymbol.get(question.value), "no such symbol");
    case "fileContainingExtension":
    case "allExtensionNumbersOfType":
      return refusal(Code.NotFound, "no extensions are served");
    case undefined:
      return refusal(Code.InvalidArgument, "the request asks nothing");
  }
}

function filesOr(file: DescFile | undefined, otherwise: string) {
  if (file === undefined) return refusal(Code.NotFound, otherwise);
  const fileDescriptorProto = withDependencies([file]).map(({ proto }) =>
    toBinary(FileDescriptorProtoSchema, proto),
  );
  return { case: "fileDescriptorResponse" as const, value: { fileDescriptorProto } };
}

function refusal(errorCode: Code, errorMessage: string) {
  return { case: "errorResponse" as const, value: { errorCode, errorMessage } };
}

function catalogueOf(services: readonly DescService[]): Catalogue {
  const files = withDependencies([...services.map(({ file }) => file), file_google_rpc_error_details]);
  const bySymbol = new Map<string, DescFile>();
  for (const file of files) for (const symbol of symbolsOf(file)) bySymbol.set(symbol, file);
  return {
    serviceNames: services.map(({ typeName }) => typeName),
    byName: new Map(files.map((file) => [file.proto.name, file])),
    bySymbol,
  };
}

/** The files and all their imports, each once, the requested ones first. */
function withDependencies(files: readonly DescFile[]): DescFile[] {
  const found = new Set<DescFile>(files);
  for (const file of found) for (const imported of file.dependencies) found.add(imported);
  return [...found];
}

function* symbolsOf(file: DescFile): Iterable<string> {
  for (const type of nestedTypes(file)) {
    yield type.typeName;
    if (type.kind === "service") for (const { name } of type.methods) yield `${type.typeName}.${name}`;
    if (type.kind === "message") for (const { name } of type.fields) yield `${type.typeName}.${name}`;
  }
}
