import { writeFile } from "node:fs/promises";
import { create } from "@bufbuild/protobuf";
import { ConnectError } from "@connectrpc/connect";
import { ClientContextSchema } from "@countersign/protocol/countersign/mfa/v1/client_context_pb.js";
import { Method } from "@countersign/protocol/countersign/mfa/v1/method_pb.js";
import { ErrorInfoSchema } from "@countersign/protocol/google/rpc/error_details_pb.js";
import { expect, test } from "vitest";
import { reasonOf } from "../support/client/errors.js";
import { enrolTotp } from "../support/enrolment/enrolment.js";
import { countryDatabase } from "../support/mmdb.js";
import { createScratchFolder } from "../support/scratch-folder.js";
import { ChangingSecurity } from "../support/security.js";
import { startTestService } from "../support/service.js";

const from = (ipAddress: string) => create(ClientContextSchema, { ipAddress });
const notAllowed = reasonOf("IP_NOT_ALLOWED");

test("an end user on the blacklist is refused on every RPC that is told the address, and the refusal is audited", async () => {
  const security = new ChangingSecurity();
  await using service = await startTestService({ config: { security } });
  const { client, clock } = service;
  const { userId, authenticator } = await enrolTotp(client, clock);
  const code = authenticator.code(clock.ms);
  security.change({ ip: { ipBlacklist: ["203.0.113.0/24"] } });
  await service.replicas[0]?.server.reload();

  const context = from("::ffff:203.0.113.9");
  await expect(client.verifyCode({ userId, code, context })).rejects.toSatisfy(notAllowed);
  await expect(client.disableMfa({ userId, code, context })).rejects.toSatisfy(notAllowed);
  await expect(client.regenerateBackupCodes({ userId, code, context })).rejects.toSatisfy(notAllowed);
  await expect(client.verifySetup({ userId, code, context })).rejects.toSatisfy(notAllowed);
  await expect(client.sendVerificationCode({ userId, context })).rejects.toSatisfy(notAllowed);
  await expect(client.setupMfa({ userId, method: Method.TOTP, context })).rejects.toSatisfy(notAllowed);
  const rows = await service.database.sql`
    select count(*)::int as count, min(ip_address) as address from mfa_audit_events where reason = 'IP_NOT_ALLOWED'`;
  expect(rows[0]).toEqual({ count: 6, address: "::ffff:203.0.113.9" });

  security.change({ ip: { ipBlacklist: ["203.0.113.0/24"], enableIpFiltering: false } });
  await service.replicas[0]?.server.reload();
  expect((await client.verifyCode({ userId, code, context })).outcome.case).toBe("approved");
});

test("with a whitelist an address is needed, and a peer outside it is kept out whatever it says of the user", async () => {
  const security = new ChangingSecurity({ ip: { ipWhitelist: ["127.0.0.0/8", "198.51.100.7"] } });
  await using service = await startTestService({ config: { security } });
  const { client } = service;
  const setup = (context?: ReturnType<typeof from>) =>
    client.setupMfa({ userId: "anna", method: Method.TOTP, ...(context === undefined ? {} : { context }) });
  await expect(setup()).rejects.toSatisfy(notAllowed);
  await expect(setup(from("198.51.100.8"))).rejects.toSatisfy(notAllowed);
  await expect(setup(from("198.51.100.7"))).resolves.toBeDefined();

  security.change({ ip: { ipWhitelist: ["198.51.100.7"] } });
  await service.replicas[0]?.server.reload();
  const error = ConnectError.from(await setup(from("198.51.100.7")).catch((thrown: unknown) => thrown));
  expect(error.findDetails(ErrorInfoSchema)).toMatchObject([
    { reason: "IP_NOT_ALLOWED", metadata: { address: "peer", rule: "whitelist" } },
  ]);
  const headers = { "x-forwarded-for": "198.51.100.7", forwarded: "for=198.51.100.7" };
  await expect(client.getMfaStatus({ userId: "anna" }, { headers })).rejects.toSatisfy(notAllowed);
});

test("a blocked country is kept out by address and by phone number", async () => {
  await using folder = await createScratchFolder();
  const geoipDatabase = folder.at("countries.mmdb");
  await writeFile(geoipDatabase, countryDatabase({ "198.51": "CA", "203.0": "US" }));
  const ip = { geoBlockingEnabled: true, blockedCountries: ["CA"] };
  const mfa = { allowedMethods: ["totp", "sms"], allowedPhoneCountries: ["US", "CA"] } as const;
  const security = new ChangingSecurity({ ip, mfa });
  await using service = await startTestService({ config: { security, geoipDatabase } });
  const { client } = service;
  const setup = (ipAddress: string) =>
    client.setupMfa({ userId: "anna", method: Method.TOTP, context: from(ipAddress) });
  await expect(setup("198.51.100.7")).rejects.toSatisfy(notAllowed);
  await expect(setup("203.0.113.7")).resolves.toBeDefined();
  await expect(setup("192.0.2.1")).resolves.toBeDefined();
  const sms = () => client.setupMfa({ userId: "carl", method: Method.SMS, phoneNumber: "+1 506 234 5678" });
  await expect(sms()).rejects.toSatisfy(reasonOf("DESTINATION_NOT_ALLOWED"));

  security.change({ mfa });
  await service.replicas[0]?.server.reload();
  await expect(setup("198.51.100.7")).resolves.toBeDefined();
  await expect(sms()).resolves.toBeDefined();
});
