import { describe, expect, test } from "vitest";
import { postgresServers } from "./postgres-address.js";

const servers = (url: string, settings: object = {}) => postgresServers({ url, ...settings });

describe("a URL of Postgres", () => {
  test("a URL of Postgres names one server, by default at 5432 and in cleartext", () => {
    expect(servers("postgres://app:s%40crt@db/mfa")).toEqual([
      { host: "db", port: 5432, database: "mfa", username: "app", password: "s@crt", tls: false },
    ]);
    expect(servers("postgresql://db")).toMatchObject([{ database: undefined, username: undefined }]);
  });

  test("a URL of Postgres names several, each with its own port or the default", () => {
    const found = servers("postgres://app@one:6432,two,[2001:db8::3]:5433/mfa");
    expect(found.map(({ host, port }) => [host, port])).toEqual([
      ["one", 6432],
      ["two", 5432],
      ["2001:db8::3", 5433],
    ]);
    expect(new Set(found.map(({ database }) => database))).toEqual(new Set(["mfa"]));
  });

  test("a URL of Postgres leaves credentials to settings, which need no encoding", () => {
    const settings = { username: "app", password: "p@ss/word?#" };
    expect(servers("postgres://db/mfa", settings)).toMatchObject([settings]);
  });
});

describe("sslmode", () => {
  test.each([
    ["require", { rejectUnauthorized: false }],
    ["verify-ca", { rejectUnauthorized: true }],
    ["verify-full", { rejectUnauthorized: true }],
  ])("sslmode: %s is %j", (mode, tls) => {
    const [server] = servers(`postgres://db/x?sslmode=${mode}`);
    expect(server.tls).toMatchObject(tls);
  });
});

describe("an address is refused, without a word of it,", () => {
  test.each([
    ["mysql://app:hunter2@db/x", "must be a URL that begins with postgres:// or postgresql://"],
    ["postgres://app:hunter2@/x", "must name its hosts"],
    ["postgres://app:hunter2@one,,two/x", "must name its hosts"],
    ["postgres://app:hunter2@db:0/x", "must name its hosts"],
    ["postgres://app:hunter2@db:65536/x", "must name its hosts"],
    ["postgres://app:hunter2%@db/x", "is not percent-encoded"],
    ["postgres://app:hunter2#@db/x", "must not have a # in it"],
    ["postgres://app:hunt?er2@db/x", "must name its hosts"],
    ["postgres://db/x?options=-c%20hunter2", "takes no parameter but sslmode"],
    ["postgres://db/x?sslmode=require&sslmode=disable", "has a parameter twice"],
    ["postgres://db/x?sslmode=prefer", "must have an sslmode of disable, require, verify-ca, verify-full"],
  ])("an address is refused, without a word of it, %j", (url, problem) => {
    expect(() => servers(url)).toThrow(problem);
    expect(() => servers(url)).not.toThrow("hunt");
  });

  test("an address is refused, without a word of it, when a setting says what the URL says, or asks what the URL does not allow", () => {
    expect(() => servers("postgres://app:hunter2@db/x", { password: "hunter3" })).toThrow(
      "has a password and so does a separate setting",
    );
    const pem = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    expect(() => servers("postgres://db/x", { ca: pem })).toThrow("needs sslmode=verify-full");
    for (const ca of ["not PEM", pem]) {
      expect(() => servers("postgres://db/x?sslmode=verify-full", { ca })).toThrow(
        "needs certificates in PEM",
      );
    }
  });
});
