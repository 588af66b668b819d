import { expect } from "vitest";
import { beginTotp } from "../../support/enrolment/enrolment.js";
import type { TestService } from "../../support/service.js";
import { TARGETS } from "./values.js";

const STEP_MS = 30_000;

/** Enrols the users that must come out of a campaign as they went in. */
export async function enrolTargets({ client }: TestService): Promise<void> {
  for (const userId of TARGETS) {
    const { authenticator } = await beginTotp(client, userId);
    const { outcome } = await client.verifySetup({
      userId,
      code: authenticator.code(Math.floor(Date.now() / STEP_MS) * STEP_MS),
    });
    expect(outcome.case).toBe("enabled");
  }
}

/** All that makes out the targets' factors; what counts guesses is left out. */
export async function factorsOf({ database }: TestService): Promise<unknown> {
  return database.sql`
    select s.user_id, s.is_enabled, s.is_verified, s.preferred_method, f.method, f.state, f.totp_secret_encrypted, f.last_accepted,
      (select count(*)::int from mfa_recovery_codes r where r.user_id = s.user_id and r.used_at is null) as unspent
    from mfa_settings s join mfa_factors f using (user_id)
    where s.user_id in ${database.sql(TARGETS)} order by s.user_id, f.method`;
}
