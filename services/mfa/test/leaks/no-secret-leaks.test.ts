import { randomBytes } from "node:crypto";
import type { DescMethod } from "@bufbuild/protobuf";
import { createClient } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import { keyRingFromMasterKey } from "@countersign/field-crypto";
import { MfaAdminService } from "@countersign/protocol/countersign/mfa/v1/mfa_admin_service_pb.js";
import { MfaService } from "@countersign/protocol/countersign/mfa/v1/mfa_service_pb.js";
import { SecurityPolicyService } from "@countersign/protocol/countersign/policy/v1/security_policy_service_pb.js";
import { Redis } from "ioredis";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { createLogger } from "../../src/telemetry/log/logger.js";
import { enrolEmail, Mailbox } from "../support/enrolment/mailbox.js";
import { ChangingSecurity, DEFAULT_MFA_POLICY } from "../support/security.js";
import { ALL_NOTICES, startTestService, type TestService } from "../support/service.js";
import { type OwnRedis, startRedis } from "../support/stores/redis.js";
import { Collector } from "../tracing/support/collector.js";
import {
  backupCode,
  type Canary,
  emailAddress,
  keys,
  phoneNumber,
  secretSetting,
  sentCode,
  totpSecret,
} from "./support/canary.js";
import {
  dumpPostgres,
  dumpRedis,
  Evidence,
  type Place,
  readAdminPages,
  readStoreFiles,
  witness,
} from "./support/evidence.js";
import { FLOWS, type World } from "./support/flows.js";

const policy = {
  ...DEFAULT_MFA_POLICY,
  allowedMethods: new Set(["totp", "sms", "email"] as const),
  maxAttempts: 100,
};
const evidence = new Evidence();
/** Secrets of the platform that this service is configured with. */
const SETTINGS = {
  secretKey: randomBytes(48).toString("base64"),
  jwtSecret: randomBytes(48).toString("base64"),
};
const masterKey = randomBytes(32).toString("base64");
let ownRedis: OwnRedis;
let redis: Redis;
let monitor: Redis;
let collector: Collector;
let service: TestService;
let world: World;

beforeAll(async () => {
  for (const stream of [process.stdout, process.stderr]) watchOutput(stream);
  for (const name of ["log", "info", "warn", "error", "debug"] as const)
    vi.spyOn(console, name).mockImplementation((...words) =>
      evidence.add("output", words.map(String).join()),
    );
  ownRedis = await startRedis();
  redis = new Redis(ownRedis.url);
  monitor = await redis.monitor();
  monitor.on("monitor", (_time: string, args: string[]) => evidence.add("redis", args.join("\n")));
  collector = await Collector.start();
  collector.onExport = (body) => evidence.add("trace", body);
  const mailbox = new Mailbox();
  const log = createLogger("debug", { write: (line) => evidence.add("log", line) });
  service = await startTestService({
    redisUrl: ownRedis.url,
    config: {
      encryptionKey: masterKey,
      security: new ChangingSecurity({ environment: SETTINGS }),
      notices: ALL_NOTICES,
      tracing: collector.config(),
    },
    overrides: { log, senders: mailbox, policy: () => policy },
  });
  const interceptors = [witness(evidence, lookEverywhere)];
  const transport = createGrpcTransport({ baseUrl: service.url, interceptors });
  world = {
    client: createClient(MfaService, transport),
    admin: createClient(MfaAdminService, transport),
    policy: createClient(SecurityPolicyService, transport),
    service,
    mailbox,
    evidence,
  };
  evidence.canaries.push(...Object.values(SETTINGS).map(secretSetting));
  evidence.canaries.push(keys(masterKey, keyRingFromMasterKey(masterKey)));
});

afterAll(async () => {
  vi.restoreAllMocks();
  await service[Symbol.asyncDispose]();
  await collector[Symbol.asyncDispose]();
  monitor.disconnect();
  redis.disconnect();
  await ownRedis[Symbol.asyncDispose]();
});

/** What is deleted a moment later has been there all the same. */
async function lookEverywhere(): Promise<void> {
  await dumpPostgres(service.database.sql, evidence);
  await dumpRedis(redis, evidence);
  for (const { server } of service.replicas) await readAdminPages(server.adminAddress, evidence);
}

function watchOutput(stream: NodeJS.WriteStream): void {
  const write = stream.write.bind(stream);
  vi.spyOn(stream, "write").mockImplementation((chunk) => {
    evidence.add("output", chunk);
    return write(chunk);
  });
}

describe("no secret leaves the service", () => {
  test.each(FLOWS)("$name: no log, error, answer, row or trace holds one", async ({ run }) => {
    await run(world);
    expect(evidence.leaks()).toEqual([]);
  });

  test("no secret leaves the service at the end, and after it has closed: still none, and there was much to look at", async () => {
    await service.restart();
    await lookEverywhere();
    expect(evidence.leaks()).toEqual([]);
    const places = ["log", "error", "answer", "secret answer", "postgres", "redis"] as const;
    for (const place of places) expect(evidence.count(place), place).toBeGreaterThan(5);
    expect(evidence.count("admin page")).toBeGreaterThan(2);
    // How many exports carried them is for the clock to say.
    expect(evidence.count("trace")).toBeGreaterThan(0);
    expect(collector.spans.length).toBeGreaterThan(50);
    expect(evidence.canaries.length).toBeGreaterThan(60);
  });
});

/** Replicas and backups have copies of them. */
test("no secret is in the snapshot and the append-only file of Redis", async () => {
  await redis.config("SET", "appendonly", "yes");
  const { userId, email } = await enrolEmail(service.client, world.mailbox);
  await service.client.sendVerificationCode({ userId });
  evidence.canaries.push(sentCode(world.mailbox.code(email)));
  await redis.save();
  const [, folder = ""] = await redis.config("GET", "dir");
  expect(await readStoreFiles(folder, { place: "store files", evidence })).toBeGreaterThan(1);
  expect(evidence.leaks()).toEqual([]);
});

const SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
const SECRET_BYTES = Buffer.from("12345678901234567890");
const PLANTS: readonly [string, Canary, (into: Evidence) => unknown, string][] = [
  [
    "base32 in a log line",
    totpSecret(SECRET),
    (into) => into.add("log", `{"s":"${SECRET}"}`),
    "totp secret in log",
  ],
  [
    "hex",
    totpSecret(SECRET),
    (into) => into.add("log", SECRET_BYTES.toString("hex").toUpperCase()),
    "totp secret in log",
  ],
  [
    "base64 amid other bytes",
    totpSecret(SECRET),
    (into) =>
      into.add(
        "error",
        Buffer.concat([Buffer.from("ab"), SECRET_BYTES, Buffer.from("c")]).toString("base64"),
      ),
    "totp secret in error",
  ],
  [
    "a backup code without dashes",
    backupCode("AB12-CD34-EF56"),
    (into) => into.add("answer", "code=ab12cd34ef56"),
    "backup code in answer",
  ],
  [
    "a backup code in an answer that may hold none but new ones",
    sentCode("123456"),
    (into) => into.add("secret answer", '{"code":"123456"}'),
    "sent code in secret answer",
  ],
  [
    "a phone number as people write it",
    phoneNumber("+12025550123"),
    (into) => into.add("log", "(202) 555-0123"),
    "phone number in log",
  ],
];

test("every RPC took part", () => {
  const names = (methods: Iterable<DescMethod>) => Array.from(methods, ({ name }) => name).sort();
  expect(names(evidence.called)).toEqual(
    names([MfaService, MfaAdminService, SecurityPolicyService].flatMap(({ methods }) => methods)),
  );
});

describe("the scan finds what is planted", () => {
  test.each(PLANTS)("the scan finds what is planted: %s", (_, canary, plant, found) => {
    const planted = new Evidence();
    planted.canaries.push(canary);
    plant(planted);
    expect(planted.leaks()).toEqual([found]);
  });

  test("the scan finds what is planted: in the real stores, where they keep it", async () => {
    const planted = new Evidence();
    planted.canaries.push(totpSecret(SECRET), emailAddress("finch@planted.example.com"), sentCode("734512"));
    const { sql } = service.database;
    await sql`insert into mfa_settings (user_id, backup_salt, created_at, updated_at) values ('planted', ${SECRET_BYTES}, now(), now())`;
    await sql`insert into mfa_audit_subjects values ('planted', 'FINCH@planted')`;
    await redis.hset("planted", "code", "734512");
    await dumpPostgres(sql, planted);
    await dumpRedis(redis, planted);
    expect(planted.leaks()).toEqual([
      "e-mail address in postgres",
      "sent code in redis",
      "totp secret in postgres",
    ]);
  });

  test("the scan finds what is planted, and does not take a mask, or digits within other digits, for a secret", () => {
    const clean = new Evidence();
    clean.canaries.push(phoneNumber("+12025550123"), emailAddress("erin@example.com"), sentCode("123456"));
    const place: Place = "log";
    for (const text of ["+1*****23", "E***@e***.com", "0123456", "10.123456", "a123456b"])
      clean.add(place, text);
    expect(clean.leaks()).toEqual([]);
  });
});
