import {
  create,
  type DescMessage,
  type DescMethodUnary,
  fromBinary,
  type MessageInitShape,
  type MessageShape,
  toBinary,
} from "@bufbuild/protobuf";
import { type ChannelOptions, Client, credentials, Metadata, type ServiceError } from "@grpc/grpc-js";

/** A client on @grpc/grpc-js, which shares no code with the server's transport. */
export interface GrpcJsClient extends Disposable {
  call<I extends DescMessage, O extends DescMessage>(
    method: DescMethodUnary<I, O>,
    request: MessageInitShape<I>,
    headers?: Readonly<Record<string, string>>,
  ): Promise<MessageShape<O>>;
}

export function grpcJsClient(address: string, options: ChannelOptions = {}): GrpcJsClient {
  const client = new Client(address, credentials.createInsecure(), options);
  return {
    call: (method, request, headers = {}) =>
      new Promise((resolve, reject) => {
        client.makeUnaryRequest(
          `/${method.parent.typeName}/${method.name}`,
          (message: Uint8Array) => Buffer.from(message),
          (bytes: Buffer) => bytes,
          toBinary(method.input, create(method.input, request)),
          metadataOf(headers),
          (error: ServiceError | null, bytes?: Buffer) => {
            if (error !== null) reject(error);
            else resolve(fromBinary(method.output, bytes ?? new Uint8Array()));
          },
        );
      }),
    [Symbol.dispose]: () => client.close(),
  };
}

function metadataOf(headers: Readonly<Record<string, string>>): Metadata {
  const metadata = new Metadata();
  for (const [name, value] of Object.entries(headers)) metadata.set(name, value);
  return metadata;
}
