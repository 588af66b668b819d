import { expect, test } from "vitest";
import { type Enrolled, enrolTotp } from "../support/enrolment/enrolment.js";
import { startTestService } from "../support/service.js";

const USERS = 40;

test("users who log in concurrently share statements: each is accepted, and one that cannot be written fails alone", async () => {
  await using service = await startTestService({ replicas: 2 });
  const { clock, database, replicas } = service;
  const users: Enrolled[] = [];
  for (let count = 0; count < USERS; count += 1) users.push(await enrolTotp(service.client, clock));
  clock.advance(60);
  await database.sql`alter table mfa_audit_events add constraint one_poisoned check (request_id <> 'poisoned') not valid`;

  const login = async (index: number, requestId: string) => {
    const { userId, authenticator } = users[index]!;
    const { client } = replicas[index % 2]!;
    const request = { userId, code: authenticator.code(clock.ms) };
    return (await client.verifyCode(request, { headers: { "x-request-id": requestId } })).outcome.case;
  };
  const logins = users.map((_, index) => login(index, index === 7 ? "poisoned" : `login-${index}`));
  const results = await Promise.allSettled(logins);
  const approved = results.filter((result) => result.status === "fulfilled" && result.value === "approved");
  expect(approved).toHaveLength(USERS - 1);
  expect(results[7]?.status).toBe("rejected");
  expect(await login(7, "again")).toBe("approved");

  const [rows] = await database.sql`select count(distinct user_ref)::int as users, count(*)::int as rows
    from mfa_audit_events where action = 'verify_code' and outcome = 'succeeded'`;
  expect(rows).toEqual({ users: USERS, rows: USERS });
});
