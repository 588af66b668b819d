import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** PEM of a key and its self-signed certificate for localhost, which is its own authority. */
export interface TestCertificate {
  readonly key: string;
  readonly cert: string;
}

export function createCertificate(): TestCertificate {
  const folder = mkdtempSync(join(tmpdir(), "countersign-certificate-"));
  const [key, cert] = [join(folder, "key.pem"), join(folder, "cert.pem")];
  try {
    const names = "subjectAltName=DNS:localhost,IP:127.0.0.1";
    const request = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
    const subject = ["-days", "2", "-subj", "/CN=localhost", "-addext", names, "-keyout", key, "-out", cert];
    execFileSync("openssl", [...request, ...subject], { stdio: "pipe" });
    return { key: readFileSync(key, "utf8"), cert: readFileSync(cert, "utf8") };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
