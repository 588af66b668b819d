import { type CallOptions, type ClientUnaryCall, Metadata, type ServiceError } from "@grpc/grpc-js";

type Unary<Request, Response> = (
  request: Request,
  metadata: Metadata,
  options: Partial<CallOptions>,
  callback: (error: ServiceError | null, response: Response) => void,
) => ClientUnaryCall;

/** grpc-js answers by callback; this waits for it. */
export function unary<Request, Response>(
  call: Unary<Request, Response>,
  request: Request,
  { timeoutMs = 5_000 } = {},
): Promise<Response> {
  return new Promise((resolve, reject) => {
    call(request, new Metadata(), { deadline: Date.now() + timeoutMs }, (error, response) => {
      if (error === null) resolve(response);
      else reject(error);
    });
  });
}
