import { createAuthority } from "../../support/caller/certificate-authority.js";
import type { ScratchFolder } from "../../support/scratch-folder.js";

/** A certificate of own authorities for 127.0.0.1, as servers and those who trust them take it. */
export interface RedisTls {
  /** redis-server's arguments. */
  readonly settings: readonly string[];
  readonly ca: string;
  readonly caFile: string;
}

export async function createRedisTls(folder: ScratchFolder): Promise<RedisTls> {
  const authority = createAuthority();
  const { key, cert } = authority.issue("IP:127.0.0.1");
  const caFile = await folder.put("ca.pem", authority.cert);
  const own = [
    "--tls-key-file",
    await folder.put("key.pem", key),
    "--tls-cert-file",
    await folder.put("cert.pem", cert),
  ];
  const peers = ["--tls-ca-cert-file", caFile, "--tls-auth-clients", "no"];
  return { settings: [...own, ...peers, "--tls-replication", "yes"], ca: authority.cert, caFile };
}

/** For servers that speak nothing else. */
export function tlsOnly({ settings }: RedisTls): (port: number) => readonly string[] {
  return (port) => ["--port", "0", "--tls-port", String(port), ...settings];
}
