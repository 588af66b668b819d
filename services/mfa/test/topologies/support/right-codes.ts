import { type Enrolled, enrolTotp } from "../../support/enrolment/enrolment.js";
import { DEFAULT_MFA_POLICY } from "../../support/security.js";
import type { TestService } from "../../support/service.js";

/** A right code of one user, good once. */
export interface Code {
  readonly userId: string;
  readonly code: string;
}

/** Named alike in each run, so that they are spread over the nodes of a cluster alike. */
const USERS = ["alice", "bob", "carol", "dave", "erin", "frank", "grace", "heidi"];

/**
 * Many codes for each user, and no lock: guesses whose answer was lost stay charged, so that those who try again and again are locked out for
 * a while, which is not what is asked here.
 */
export const MANY_LOGINS = {
  policy: () => ({ ...DEFAULT_MFA_POLICY, backupCodesCount: 20, maxAttempts: 10_000 }),
};

/** Of fresh users, each with one code by the authenticator and the backup codes. */
export async function mintCodes({ client, clock }: TestService): Promise<Code[]> {
  const enrolled: Enrolled[] = [];
  for (const userId of USERS) enrolled.push(await enrolTotp(client, clock, userId));
  clock.advance(60);
  return enrolled.flatMap(({ userId, authenticator, backupCodes }) =>
    [authenticator.code(clock.ms), ...backupCodes].map((code) => ({ userId, code })),
  );
}
