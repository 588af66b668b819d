import { expect } from "vitest";
import type { LogLine } from "../../net/support/recording-log.js";
import type { Enrolled } from "../../support/enrolment/enrolment.js";
import { scrape } from "../../support/scrape.js";
import type { TestService } from "../../support/service.js";

/** For what comes by itself, on a slow machine too. */
export const PATIENCE = { timeout: 60_000 };

/** A metric of the first replica. */
export async function sample({ replicas }: TestService, name: string): Promise<number | undefined> {
  return (await scrape(replicas[0]!)).get(name);
}

/** What a login with the next code comes to; undefined where the call fails. */
export async function outcomeOf(
  { client, clock }: TestService,
  { userId, authenticator }: Enrolled,
): Promise<string | undefined> {
  clock.advance(30);
  const answer = await client
    .verifyCode({ userId, code: authenticator.code(clock.ms) })
    .catch(() => undefined);
  return answer?.outcome.case;
}

/** Everything that was written above debug. */
export const written = (lines: readonly LogLine[]) => lines.filter(({ level }) => level !== "debug");

/** No statement and no stack was written above debug. */
export function expectQuiet(lines: readonly LogLine[]): void {
  const text = JSON.stringify(written(lines));
  expect(text).not.toMatch(/Failed query|select |insert into|with input/);
  expect(text).not.toContain("    at ");
}
