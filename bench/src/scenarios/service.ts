import type { RequestSpec } from "../load/requests.js";
import type { BenchClock } from "../measure/bench-clock.js";
import type { BenchDatabase } from "../seed/bench-database.js";
import { BACKUP_CODES, EMAIL_USERS, emailOf } from "../seed/bench-user.js";
import type { StartedServer } from "../servers/started-server.js";
import { OUR_EMPTY, TOTP, TOTP_BESIDE_BACKUP } from "./names.js";
import type { Scenario } from "./scenario.js";

/** Backup codes cost a slow hash each: so many at a time keep it busy. */
const BACKUP_IN_FLIGHT = 4;
const BACKUP_CODES_PER_RUN = 150;

/** Fresh codes of every user: the previous step's, this one's and the next one's. */
export function totpCodes(database: BenchDatabase, clock: BenchClock): () => Promise<RequestSpec> {
  return async () => {
    const step = await clock.next();
    return { kind: "totp", users: database.active, steps: [step - 1, step, step + 1] };
  };
}

/** What the service does, at each number of calls in flight. */
export function serviceScenarios(
  server: StartedServer,
  world: {
    readonly database: BenchDatabase;
    readonly clock: BenchClock;
    readonly inFlight: readonly number[];
  },
): Scenario[] {
  const { database, clock, inFlight } = world;
  const most = [Math.max(...inFlight)];
  const servers = [server];
  const totp = totpCodes(database, clock);
  const backup = backupCodes(database);
  return [
    { name: OUR_EMPTY, servers, inFlight: most, prepare: () => Promise.resolve({ kind: "empty" }) },
    { name: TOTP, servers, inFlight, prepare: totp },
    {
      name: "GetMfaStatus",
      servers,
      inFlight,
      prepare: () => Promise.resolve({ kind: "status", users: database.active }),
    },
    { name: "SendVerificationCode, e-mail", servers, inFlight: most, prepare: sends(server, database) },
    { name: "VerifyCode, e-mail", servers, inFlight: most, prepare: sentCodes(server, database) },
    { name: "VerifyCode, backup code", servers, inFlight: [BACKUP_IN_FLIGHT], prepare: backup },
    {
      name: TOTP_BESIDE_BACKUP,
      servers,
      inFlight: most,
      prepare: totp,
      background: { ratePerSecond: 20, prepare: backup },
    },
  ];
}

function emailUsers({ totalUsers }: BenchDatabase): number[] {
  return Array.from({ length: EMAIL_USERS }, (_, position) => totalUsers + position);
}

function sends(server: StartedServer, database: BenchDatabase): () => Promise<RequestSpec> {
  return async () => {
    await server.sentCodes(); // older ones are replaced
    return { kind: "send", users: emailUsers(database) };
  };
}

/** The codes that the sends just before were for. */
function sentCodes(server: StartedServer, database: BenchDatabase): () => Promise<RequestSpec> {
  return async () => {
    const byAddress = await server.sentCodes();
    const codes = emailUsers(database).flatMap((user) => {
      const code = byAddress[emailOf(user)];
      return code === undefined ? [] : [{ user, code }];
    });
    return { kind: "sent-code", codes };
  };
}

/** Each code of each user once: first everybody's first one. */
function backupCodes({ active }: BenchDatabase): () => Promise<RequestSpec> {
  const size = Math.min(BACKUP_CODES_PER_RUN, active.length);
  let run = 0;
  return () => {
    const slices = Math.floor(active.length / size);
    const start = (run % slices) * size;
    const code = Math.floor(run / slices) % BACKUP_CODES.length;
    run += 1;
    return Promise.resolve({ kind: "backup-code", users: active.slice(start, start + size), code });
  };
}
