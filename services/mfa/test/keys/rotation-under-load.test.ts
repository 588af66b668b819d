import { setTimeout as delay } from "node:timers/promises";
import type { KeyRing } from "@countersign/field-crypto";
import { expect, test } from "vitest";
import { UNOBSERVED } from "../../src/crypto/crypto-observer.js";
import { type Command, startCommand } from "../support/command.js";
import { beginTotp, type Enrolled, enrolTotp } from "../support/enrolment/enrolment.js";
import { createKeyFolder } from "../support/key-folder.js";
import { keysCommand } from "../support/keys-command.js";
import { startTestService, type TestService } from "../support/service.js";
import { startFaultProxy } from "../support/stores/fault-proxy.js";

const REPLICAS = 2;
const USERS = 100;
/** Every user logs in once a round, spread over it; with the wait for the last answers, some two hundred logins a second. */
const ROUND_MS = 400;

interface Load extends AsyncDisposable {
  readonly failures: string[];
  logins: number;
  rounds: number;
  readonly stop: () => Promise<void>;
}

/** Logs every user in again and again and enrols more, over both replicas, until it is stopped. */
function startLoad(service: TestService, users: Enrolled[]): Load {
  let stopped = false;
  const load = { failures: [] as string[], logins: 0, rounds: 0 };
  const clientFor = (turn: number) => service.replicas[turn % REPLICAS]!.client;

  async function logIn({ userId, authenticator }: Enrolled, turn: number): Promise<void> {
    await delay((turn / USERS) * ROUND_MS);
    const code = authenticator.code(service.clock.ms);
    const answer = await clientFor(turn)
      .verifyCode({ userId, code })
      .catch((error: unknown) => ({ outcome: { case: String(error) } }));
    load.logins += 1;
    if (answer.outcome.case !== "approved") load.failures.push(String(answer.outcome.case));
  }

  async function enrol(turn: number): Promise<Enrolled> {
    const user = await beginTotp(clientFor(turn));
    const code = user.authenticator.code(service.clock.ms);
    await clientFor(turn + 1).verifySetup({ userId: user.userId, code });
    return user;
  }

  async function run(): Promise<void> {
    while (!stopped) {
      // Codes of one time step serve one round: the clock moves on when all its answers are there.
      service.clock.advance(30);
      const logins = users.map((user, turn) => logIn(user, turn));
      const [joining] = await Promise.all([enrol(load.rounds), ...logins]);
      users.push(joining);
      load.rounds += 1;
    }
  }

  const running = run();
  const stop = async () => {
    stopped = true;
    await running;
  };
  return Object.assign(load, { stop, [Symbol.asyncDispose]: stop });
}

/** Resolves when the command has printed something, or ended without. */
async function firstLine({ child, stdout }: Command): Promise<void> {
  while (stdout() === "" && child.exitCode === null) await delay(5);
}

function describe({ keys }: KeyRing): string {
  return keys.map(({ id, state }) => `${id}:${state}`).join();
}

/** The same database, far away: a run over it is killed in its midst for certain. */
async function slowly(databaseUrl: string): Promise<AsyncDisposable & { readonly url: string }> {
  const url = new URL(databaseUrl);
  const proxy = await startFaultProxy({ host: url.hostname, port: Number(url.port) });
  await proxy.set({ delay: 20 });
  url.host = `${proxy.host}:${proxy.port}`;
  return { url: url.href, [Symbol.asyncDispose]: () => proxy[Symbol.asyncDispose]() };
}

test("keys rotate under load, rewrap killed twice: no login fails, nothing stays under the old key", async () => {
  await using folder = await createKeyFolder("old", new Date("2026-01-31T12:00:00Z"));
  const loaded: string[] = [];
  await using service = await startTestService({
    replicas: REPLICAS,
    config: { keyRingDir: folder.path, keyReloadIntervalMs: 50 },
    overrides: {
      cryptoObserver: { ...UNOBSERVED, keyRingLoaded: (ring) => void loaded.push(describe(ring)) },
    },
  });
  const keys = (...args: string[]) => keysCommand(service.config, args);
  const settled = ["--settle-seconds", "0"];
  const losses = ["--lose-backup-codes", "--lose-audit-proof"];
  /** Until both replicas have reported this ring. */
  const everywhere = (ring: string) =>
    expect.poll(() => loaded.filter((each) => each === ring).length).toBe(REPLICAS);
  const stillOld = async () => {
    const { printed } = await keys("status", "--json");
    const status = JSON.parse(printed) as { keys: { id: string; sealedValues: number }[] };
    return status.keys.find(({ id }) => id === "old")?.sealedValues;
  };

  const users: Enrolled[] = [];
  while (users.length < USERS) users.push(await enrolTotp(service.client, service.clock));
  const started = performance.now();
  await using load = startLoad(service, users);

  await keys("rotate", "--id", "new");
  await everywhere("old:active,new:decrypt-only");
  await keys("rotate", ...settled);
  await everywhere("new:active,old:decrypt-only");

  await using slow = await slowly(service.database.url);
  const env = { KEY_RING_DIR: folder.path, DATABASE_URL: service.database.url };
  for (let kills = 0, before = await stillOld(); kills < 2; kills += 1) {
    const rewrap = startCommand(["keys", "rewrap", "--batch-size", "5", "--json"], {
      ...env,
      DATABASE_URL: slow.url,
    });
    await firstLine(rewrap);
    rewrap.child.kill("SIGKILL");
    expect(await rewrap.ended()).toBeNull();
    const after = await stillOld();
    expect(after).toBeLessThan(before!);
    expect(after).toBeGreaterThan(0);
    before = after;
  }
  expect(await startCommand(["keys", "rewrap", "--json"], env).ended()).toBe(0);
  expect(await stillOld()).toBe(0);

  expect(await keys("retire", "old", ...settled, ...losses)).toMatchObject({ exitCode: 0 });
  await everywhere("new:active,old:retired");
  expect(await keys("remove", "old", ...losses)).toMatchObject({ exitCode: 0 });
  await everywhere("new:active");
  const { rounds } = load;
  await expect.poll(() => load.rounds).toBeGreaterThan(rounds + 1);
  await load.stop();

  const seconds = (performance.now() - started) / 1000;
  console.info(`${load.logins} logins in ${seconds.toFixed(1)} s, ${(load.logins / seconds).toFixed(0)}/s`);
  expect(load.failures).toEqual([]);
  expect(load.logins).toBeGreaterThan(5 * USERS);
}, 300_000);
