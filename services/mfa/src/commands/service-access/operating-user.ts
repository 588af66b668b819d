import { userInfo } from "node:os";

/** Accounts that many people share, or none: they name nobody. */
const SHARED: ReadonlySet<string> = new Set([
  "root",
  "nonroot",
  "nobody",
  "node",
  "app",
  "daemon",
  "countersign",
]);

/**
 * The person at the terminal, as the operating system names the account: whoever became another by sudo is that person still. Undefined where
 * that names nobody, as in a container.
 */
export function operatingUser(
  env: Readonly<Record<string, string | undefined>>,
  account: () => string = () => userInfo().username,
): string | undefined {
  return [env.SUDO_USER, nameOf(account)].find(
    (name) => name !== undefined && /^[\x21-\x7e]{1,64}$/.test(name) && !SHARED.has(name),
  );
}

/** An id that no account has is an error of the operating system's. */
function nameOf(account: () => string): string | undefined {
  try {
    return account();
  } catch {
    return undefined;
  }
}
