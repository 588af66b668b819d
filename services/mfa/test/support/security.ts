import {
  type LoadedSecurityConfig,
  loadSecurityConfig,
  type SecurityConfigOverrides,
} from "@countersign/security-config";
import type { SecuritySource } from "../../src/config/security-source.js";
import { mfaPolicy } from "../../src/policy/mfa-policy.js";

/** The defaults of the security configuration as tests run on them: nothing of this process's environment, and no request limits. */
function testSecurity(overrides: SecurityConfigOverrides = {}): LoadedSecurityConfig {
  const loaded = loadSecurityConfig({
    env: { ENVIRONMENT: "test" },
    overrides: { ...overrides, rateLimit: { enabled: false, ...overrides.rateLimit } },
  });
  if (!loaded.ok) throw new Error(loaded.problems.map(({ message }) => message).join("; "));
  return loaded;
}

/** A policy that tests change while the service runs: the service has it from its next look on. */
export class ChangingSecurity implements SecuritySource {
  readonly initial: LoadedSecurityConfig;
  #next: ReturnType<SecuritySource["read"]>;

  constructor(overrides: SecurityConfigOverrides = {}) {
    this.initial = testSecurity(overrides);
    this.#next = this.initial;
  }

  readonly read = () => this.#next;

  change(overrides: SecurityConfigOverrides): void {
    this.#next = testSecurity(overrides);
  }

  spoil(...messages: readonly string[]): void {
    const problems = messages.map((message) => ({
      path: "mfa",
      source: { kind: "override" } as const,
      message,
    }));
    this.#next = { ok: false, problems };
  }
}

/** What use cases read of the defaults. */
export const DEFAULT_MFA_POLICY = mfaPolicy(testSecurity().config);
