import { userInfo } from "node:os";

/** Shared or system accounts, which identify no person. */
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
 * The person at the terminal, by the account of the operating system; with sudo, the original account. Undefined if that identifies no person, as in
 * a container.
 */
export function operatingUser(
  env: Readonly<Record<string, string | undefined>>,
  account: () => string = () => userInfo().username,
): string | undefined {
  return [env.SUDO_USER, nameOf(account)].find(
    (name) => name !== undefined && /^[\x21-\x7e]{1,64}$/.test(name) && !SHARED.has(name),
  );
}

/** The operating system throws for an id without an account. */
function nameOf(account: () => string): string | undefined {
  try {
    return account();
  } catch {
    return undefined;
  }
}
