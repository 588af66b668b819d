import { describe, expect, test } from "vitest";
import { redisTarget } from "./redis-address.js";

const target = (url: string, settings: object = {}) => redisTarget({ url, ...settings });

describe("the scheme of a URL of Redis tells the topology", () => {
  test("the scheme of a URL of Redis tells the topology: one server", () => {
    expect(target("redis://app:s%40crt@cache:6380/2")).toEqual({
      topology: "single",
      server: { host: "cache", port: 6380 },
      database: 2,
      username: "app",
      password: "s@crt",
      tls: undefined,
    });
    expect(target("rediss://:secret@cache")).toMatchObject({
      server: { host: "cache", port: 6379 },
      username: undefined,
      password: "secret",
      tls: {},
    });
  });

  test("the scheme of a URL of Redis tells the topology: Sentinels", () => {
    const settings = { password: "a", sentinelUsername: "watch", sentinelPassword: "b" };
    expect(target("redis+sentinel://one,two:26380/1?name=mfa", settings)).toEqual({
      topology: "sentinel",
      sentinels: [
        { host: "one", port: 26379 },
        { host: "two", port: 26380 },
      ],
      group: "mfa",
      database: 1,
      username: undefined,
      tls: undefined,
      ...settings,
    });
    expect(target("rediss+sentinel://one/?name=mfa")).toMatchObject({ tls: {}, database: 0 });
  });

  test("a cluster", () => {
    expect(target("redis+cluster://one:7000,[::1]:7001", { username: "app" })).toMatchObject({
      topology: "cluster",
      nodes: [
        { host: "one", port: 7000 },
        { host: "::1", port: 7001 },
      ],
      username: "app",
      tls: undefined,
    });
    expect(target("rediss+cluster://one")).toMatchObject({ tls: {} });
  });
});

describe("an address is refused, without a word of it,", () => {
  test.each([
    ["http://:hunter2@cache", "must be a URL that begins with redis:// or rediss:// or redis+sentinel://"],
    ["redis://:hunter2@one,two", "names several hosts: begin it with redis+sentinel or redis+cluster"],
    ["redis://:hunter2@cache/x", "must have a database number as its path"],
    ["redis://:hunter2@cache?enableOfflineQueue=1", "takes no parameter"],
    ["redis+sentinel://one,two/0", "must end in ?name="],
    ["redis+sentinel://one?name=mfa&db=1", "takes no parameter but name"],
    ["redis+cluster://one/1", "must not name a database: a cluster has only 0"],
  ])("an address is refused, without a word of it, %j", (url, problem) => {
    expect(() => target(url)).toThrow(problem);
    expect(() => target(url)).not.toThrow("hunter2");
  });

  test("an address is refused, without a word of it, when a setting is of no use to it", () => {
    expect(() => target("redis://one", { ca: "x" })).toThrow("must begin with rediss");
    expect(() => target("redis://one", { sentinelPassword: "x" })).toThrow("must name Sentinels");
    expect(() => target("redis://:a@one", { password: "b" })).toThrow(
      "has a password and so does a separate setting",
    );
  });
});
