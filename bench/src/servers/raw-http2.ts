import { createServer } from "node:http2";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import {
  HealthCheckRequestSchema,
  HealthCheckResponse_ServingStatus,
  HealthCheckResponseSchema,
} from "@countersign/protocol/grpc/health/v1/health_pb.js";
import { answerParent } from "../process/child.js";
import { listening } from "../process/listening.js";

/** The floor of any gRPC server in Node: its HTTP/2 and the protobuf library, and not one check. */
const PREFIX_BYTES = 5;
const ANSWER = { status: HealthCheckResponse_ServingStatus.SERVING };

const server = createServer();
server.on("stream", (stream) => {
  const pieces: Buffer[] = [];
  stream.on("data", (piece: Buffer) => pieces.push(piece));
  stream.on("end", () => {
    fromBinary(HealthCheckRequestSchema, Buffer.concat(pieces).subarray(PREFIX_BYTES));
    const message = toBinary(HealthCheckResponseSchema, create(HealthCheckResponseSchema, ANSWER));
    const frame = Buffer.alloc(PREFIX_BYTES + message.length);
    frame.writeUInt32BE(message.length, 1);
    frame.set(message, PREFIX_BYTES);
    stream.respond({ ":status": 200, "content-type": "application/grpc" }, { waitForTrailers: true });
    stream.on("wantTrailers", () => stream.sendTrailers({ "grpc-status": "0" }));
    stream.end(frame);
  });
  stream.on("error", () => undefined);
});
const port = await listening(server);

answerParent(() => Promise.resolve({ port }));
