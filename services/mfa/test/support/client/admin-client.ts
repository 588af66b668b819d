import { type Client, createClient } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import { MfaAdminService } from "@countersign/protocol/countersign/mfa/v1/mfa_admin_service_pb.js";

export type AdminClient = Client<typeof MfaAdminService>;

export function adminClient({ url }: { readonly url: string }): AdminClient {
  return createClient(MfaAdminService, createGrpcTransport({ baseUrl: url }));
}
