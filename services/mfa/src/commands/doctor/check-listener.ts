import { X509Certificate } from "node:crypto";
import type { ServiceConfig } from "../../config/service-config.js";
import { openListenerTls } from "../../reload/listener-tls.js";
import type { Reloads } from "../../reload/reloads.js";
import { type Finding, findingsOf } from "../findings/finding.js";

const { ok, warning } = findingsOf("tls");
const DAY_MS = 86_400_000;
/** The threshold of the alert CountersignCertificateExpiring. */
const SOON_DAYS = 14;

export async function* checkListener({ tls }: ServiceConfig, reloads: Reloads): AsyncIterable<Finding> {
  if (tls === undefined) {
    yield ok("the port uses cleartext: a proxy in front must provide TLS");
    return;
  }
  await using watched = await openListenerTls(tls, reloads, () => undefined);
  const { cert, clientCa } = watched.current();
  const expires = new Date(new X509Certificate(cert).validTo);
  const days = Math.floor((expires.getTime() - Date.now()) / DAY_MS);
  yield days < SOON_DAYS
    ? warning(
        `the certificate expires in ${days} day(s)`,
        "replace the files of TLS_CERT_FILE and TLS_KEY_FILE; they are read again while the server runs",
      )
    : ok(`the certificate is valid for ${days} days`);
  if (clientCa !== undefined)
    yield ok(`client certificates are asked for (${tls.clientCa?.auth ?? "require"})`);
}
