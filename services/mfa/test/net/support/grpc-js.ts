import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import {
  type GetMfaStatusRequest,
  GetMfaStatusRequestSchema,
  type GetMfaStatusResponse,
  GetMfaStatusResponseSchema,
} from "@countersign/protocol/countersign/mfa/v1/mfa_service_pb.js";
import { type ChannelOptions, Client, credentials, Metadata, type ServiceError } from "@grpc/grpc-js";

/** Calls GetMfaStatus through @grpc/grpc-js, the client that most Node services have. */
export function grpcJsClient(port: number, options: ChannelOptions = {}) {
  const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure(), options);
  return {
    getMfaStatus: (userId: string, headers: Record<string, string> = {}) =>
      new Promise<GetMfaStatusResponse>((resolve, reject) => {
        const metadata = new Metadata();
        for (const [name, value] of Object.entries(headers)) metadata.set(name, value);
        client.makeUnaryRequest<GetMfaStatusRequest, GetMfaStatusResponse>(
          "/countersign.mfa.v1.MfaService/GetMfaStatus",
          (request) => Buffer.from(toBinary(GetMfaStatusRequestSchema, request)),
          (bytes) => fromBinary(GetMfaStatusResponseSchema, bytes),
          create(GetMfaStatusRequestSchema, { userId }),
          metadata,
          (error: ServiceError | null, answer) => {
            if (error === null && answer !== undefined) resolve(answer);
            else reject(error ?? new Error("neither an answer nor an error"));
          },
        );
      }),
    close: () => client.close(),
  };
}
