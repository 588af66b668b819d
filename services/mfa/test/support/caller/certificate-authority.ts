import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestCertificate } from "./certificate.js";

const NEW_KEY = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];

/** Issues certificates. Its own is in PEM. */
export interface TestAuthority {
  readonly cert: string;
  /** For names as openssl takes them: `DNS:login.internal,URI:spiffe://prod/login`. */
  issue(names: string, options?: { readonly expired?: boolean }): TestCertificate;
}

export function createAuthority(): TestAuthority {
  const own = inFolder((at) => {
    const subject = ["-subj", "/CN=test authority", "-keyout", at("key.pem"), "-out", at("cert.pem")];
    openssl(["req", "-x509", ...NEW_KEY, "-days", "2", ...subject]);
    return { key: readFileSync(at("key.pem"), "utf8"), cert: readFileSync(at("cert.pem"), "utf8") };
  });
  return { cert: own.cert, issue: (names, options) => issue(own, names, options?.expired === true) };
}

function issue(authority: TestCertificate, names: string, expired: boolean): TestCertificate {
  return inFolder((at) => {
    writeFileSync(at("ca.pem"), authority.cert);
    writeFileSync(at("ca-key.pem"), authority.key);
    const subject = ["-subj", "/CN=login", "-addext", `subjectAltName=${names}`];
    openssl(["req", "-new", ...NEW_KEY, ...subject, "-keyout", at("key.pem"), "-out", at("request.pem")]);
    const signer = ["-CA", at("ca.pem"), "-CAkey", at("ca-key.pem"), "-copy_extensions", "copy"];
    const life = ["-days", expired ? "-1" : "2"];
    openssl(["x509", "-req", "-in", at("request.pem"), ...signer, ...life, "-out", at("cert.pem")]);
    return { key: readFileSync(at("key.pem"), "utf8"), cert: readFileSync(at("cert.pem"), "utf8") };
  });
}

function openssl(args: readonly string[]): void {
  execFileSync("openssl", args, { stdio: "pipe" });
}

function inFolder<T>(work: (at: (name: string) => string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), "countersign-authority-"));
  try {
    return work((name) => join(folder, name));
  } finally {
    rmSync(folder, { recursive: true });
  }
}
