import {
  create,
  type DescMessage,
  type DescMethodUnary,
  fromBinary,
  type MessageInitShape,
  type MessageShape,
  toBinary,
} from "@bufbuild/protobuf";
import { Client, credentials, Metadata, type ServiceError } from "@grpc/grpc-js";

/** A client on @grpc/grpc-js, which shares no code with the server's transport. */
export interface GrpcJsClient extends Disposable {
  call<I extends DescMessage, O extends DescMessage>(
    method: DescMethodUnary<I, O>,
    request: MessageInitShape<I>,
  ): Promise<MessageShape<O>>;
}

export function grpcJsClient(address: string): GrpcJsClient {
  const client = new Client(address, credentials.createInsecure());
  return {
    call: (method, request) =>
      new Promise((resolve, reject) => {
        client.makeUnaryRequest(
          `/${method.parent.typeName}/${method.name}`,
          (message: Uint8Array) => Buffer.from(message),
          (bytes: Buffer) => bytes,
          toBinary(method.input, create(method.input, request)),
          new Metadata(),
          (error: ServiceError | null, bytes?: Buffer) => {
            if (error !== null) reject(error);
            else resolve(fromBinary(method.output, bytes ?? new Uint8Array()));
          },
        );
      }),
    [Symbol.dispose]: () => client.close(),
  };
}
