import { promisify } from "node:util";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import {
  type HealthCheckRequest,
  HealthCheckRequestSchema,
  type HealthCheckResponse,
  HealthCheckResponse_ServingStatus,
  HealthCheckResponseSchema,
} from "@countersign/protocol/grpc/health/v1/health_pb.js";
import { Server, ServerCredentials, type ServiceDefinition, type UntypedHandleCall } from "@grpc/grpc-js";
import { answerParent } from "../process/child.js";

/** The empty RPC over @grpc/grpc-js. */
const definition: ServiceDefinition = {
  check: {
    path: "/grpc.health.v1.Health/Check",
    requestStream: false,
    responseStream: false,
    requestSerialize: (request: HealthCheckRequest) =>
      Buffer.from(toBinary(HealthCheckRequestSchema, request)),
    requestDeserialize: (bytes) => fromBinary(HealthCheckRequestSchema, bytes),
    responseSerialize: (response: HealthCheckResponse) =>
      Buffer.from(toBinary(HealthCheckResponseSchema, response)),
    responseDeserialize: (bytes) => fromBinary(HealthCheckResponseSchema, bytes),
  },
};
const check: UntypedHandleCall = (
  _call: unknown,
  answer: (error: null, response: HealthCheckResponse) => void,
) => answer(null, create(HealthCheckResponseSchema, { status: HealthCheckResponse_ServingStatus.SERVING }));

const server = new Server();
server.addService(definition, { check });
const bind = promisify(server.bindAsync.bind(server));
const port = await bind("127.0.0.1:0", ServerCredentials.createInsecure());

answerParent(() => Promise.resolve({ port }));
