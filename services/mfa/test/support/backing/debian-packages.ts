import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { promisify } from "node:util";
import { findBinary } from "./find-binary.js";

/**
 * The packages start their services on the default ports unless policy-rc.d forbids it, so it does for as long as this runs.
 * flock: two test runs on one machine install in turn, and the second finds nothing left to do.
 */
const INSTALL = `
set -e
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
  trap 'rm -f "$policy"' EXIT
  printf '#!/bin/sh\\nexit 101\\n' > "$policy"
  chmod 755 "$policy"
fi
apt-get update --quiet
apt-get install --yes --quiet --no-install-recommends "$@"
`;
const LOCK = "/var/lock/countersign-debian-packages";

/** Whether packages can be installed here: root on Debian or one of its derivatives. */
export function canInstallDebianPackages(): boolean {
  return process.getuid?.() === 0 && existsSync("/etc/debian_version") && findBinary("apt-get") !== undefined;
}

/** Installs packages without starting the services in them. */
export async function installDebianPackages(names: readonly string[]): Promise<void> {
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  const lockTimeout = "DPkg::Lock::Timeout=300";
  await promisify(execFile)(
    "flock",
    [LOCK, "sh", "-c", INSTALL, "install", "--option", lockTimeout, ...names],
    { env },
  );
}
