import type { Log } from "@countersign/telemetry-ports";
import { describe, expect, test } from "vitest";
import { developmentCaller } from "./authenticate.js";

const ignore = () => undefined;
const SILENT: Log = { debug: ignore, info: ignore, warn: ignore, error: ignore, child: () => SILENT };

function ask(address: string, origin?: string, further: Readonly<Record<string, string>> = {}) {
  const headers = { host: "localhost:50051", ...(origin === undefined ? {} : { origin }), ...further };
  return developmentCaller({
    rpc: { service: "countersign.mfa.v1.MfaService", method: "GetMfaStatus" },
    header: (name) => new Map(Object.entries(headers)).get(name),
    peer: { address },
    requestId: "id-1",
    log: SILENT,
  });
}

describe("the development caller", () => {
  test.each(["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"])(
    "the development caller is whoever comes from %s",
    (address) => {
      expect(ask(address)).toEqual({ id: "development" });
    },
  );

  test.each(["10.0.0.1", "::ffff:10.0.0.1", "fe80::1", "0.0.0.0", "", "unknown", "127.0.0.1.evil.example"])(
    "the development caller is not who comes from %j",
    (address) => {
      expect(ask(address)).toBeUndefined();
    },
  );

  test.each(["http://localhost:5173", "http://127.0.0.1:8080", "https://[::1]"])(
    "the development caller is a page of %s",
    (origin) => {
      expect(ask("127.0.0.1", origin)).toEqual({ id: "development" });
    },
  );

  test.each(["http://evil.example:50051", "https://localhost.evil.example", "null", ""])(
    "the development caller is no page of %j",
    (origin) => {
      expect(ask("127.0.0.1", origin)).toBeUndefined();
    },
  );

  test.each(["localhost", "LOCALHOST:50051", "127.0.0.1:50051", "[::1]:50051"])(
    "the development caller asks host %s",
    (host) => {
      expect(ask("127.0.0.1", undefined, { host })).toEqual({ id: "development" });
      expect(ask("127.0.0.1", undefined, { ":authority": host, host: "" })).toEqual({ id: "development" });
    },
  );

  test.each(["evil.com", "localhost.evil.com", "10.0.0.1:50051", "localhost@evil.com", ""])(
    "the development caller does not ask host %j",
    (host) => {
      expect(ask("127.0.0.1", undefined, { host })).toBeUndefined();
      expect(ask("127.0.0.1", undefined, { ":authority": host })).toBeUndefined();
    },
  );

  test.each(["forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip"])(
    "the development caller is nobody whose request passed a proxy: %s",
    (name) => {
      expect(ask("127.0.0.1", undefined, { [name]: "" })).toBeUndefined();
    },
  );
});
