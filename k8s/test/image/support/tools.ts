import { existsSync } from "node:fs";
import { canInstallDebianPackages, installDebianPackages } from "@countersign/mfa/backing/debian-packages";
import { findBinary } from "@countersign/mfa/backing/find-binary";

const FOLDERS = ["/usr/sbin", "/sbin"];
const PROGRAMS = ["buildah", "podman", "runc", "mmdebstrap", "npm"];
const NETAVARK = "/usr/lib/podman/netavark";
const PACKAGES = [
  "buildah",
  "podman",
  "runc",
  "mmdebstrap",
  "netavark",
  "aardvark-dns",
  "catatonit",
  "iptables",
];

/** Why images can be neither built nor run here; undefined where they can. With `install`, Debian's packages are installed first. */
export async function whyNot({ install }: { readonly install: boolean }): Promise<string | undefined> {
  if (process.platform !== "linux" || process.getuid?.() !== 0) return "needs root on Linux";
  if (missing().length > 0 && install && canInstallDebianPackages()) await installDebianPackages(PACKAGES);
  return missing().length === 0
    ? undefined
    : `needs ${missing().join(", ")}; on Debian IMAGE_TEST_INSTALL=true installs them`;
}

function missing(): string[] {
  return [
    ...PROGRAMS.filter((name) => findBinary(name, FOLDERS) === undefined),
    ...(existsSync(NETAVARK) ? [] : ["netavark"]),
  ];
}
