import { isIP } from "node:net";
import { isLoopbackUrl } from "../peer/loopback.js";

/**
 * Whether the Host header, which must be well-formed, names this server: by an address, a name of this machine or an allowed name. A foreign page
 * whose name was made to resolve to this server (DNS rebinding) still sends that name. Prometheus sends the pod's address.
 */
export function isOwnHost(host: string, allowed: ReadonlySet<string>): boolean {
  const url = `http://${host}`;
  if (!URL.canParse(url)) return false;
  const name = new URL(url).hostname.replace(/^\[|\]$/g, "").replace(/\.$/, "");
  return isIP(name) !== 0 || isLoopbackUrl(url) || allowed.has(name);
}
