import { createPrivateKey, X509Certificate } from "node:crypto";
import { createSecureContext } from "node:tls";
import type { TlsMaterial } from "../bounds/listener-options.js";

/** Problems of certificates and keys, before a server uses them. Names the parts, never their content. */
export function tlsProblems({ cert, key, clientCa }: TlsMaterial, now: Date): string[] {
  const certificate = tryTo(() => new X509Certificate(cert));
  const privateKey = tryTo(() => createPrivateKey(key));
  const problems = [
    ...(certificate === undefined
      ? ["the certificate is not PEM of an X.509 certificate"]
      : expiryProblem(certificate, now)),
    ...(privateKey === undefined ? ["the key is not PEM of an unencrypted private key"] : []),
    ...(clientCa === undefined || isAuthorities(clientCa)
      ? []
      : ["the client authorities are not PEM of X.509 certificates"]),
  ];
  if (certificate !== undefined && privateKey !== undefined && !certificate.checkPrivateKey(privateKey)) {
    problems.push("the key does not belong to the certificate");
  }
  if (problems.length === 0 && tryTo(() => createSecureContext({ cert, key })) === undefined) {
    problems.push("the TLS library refuses the certificate or its chain");
  }
  return problems;
}

function expiryProblem({ validTo }: X509Certificate, now: Date): string[] {
  return new Date(validTo) > now ? [] : ["the certificate has expired"];
}

const PEM_CERTIFICATE = /-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g;

/** Every block must parse: otherwise it would be skipped silently, and its clients locked out. */
function isAuthorities(pem: string | Buffer): boolean {
  const blocks = pem.toString().match(PEM_CERTIFICATE) ?? [];
  return blocks.length > 0 && blocks.every((block) => tryTo(() => new X509Certificate(block)) !== undefined);
}

function tryTo<T>(make: () => T): T | undefined {
  try {
    return make();
  } catch {
    return undefined;
  }
}
