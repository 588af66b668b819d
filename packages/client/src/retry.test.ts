import { create } from "@bufbuild/protobuf";
import { Code, ConnectError } from "@connectrpc/connect";
import { ErrorInfoSchema, RetryInfoSchema } from "@countersign/protocol/google/rpc/error_details_pb.js";
import { describe, expect, test } from "vitest";
import { type RetriedCall, withRetries } from "./retry.js";

/** An error as the service sends it. */
function refusal(code: Code, reason: string, retryMs?: number): ConnectError {
  const info = { desc: ErrorInfoSchema, value: create(ErrorInfoSchema, { domain: "countersign", reason }) };
  const seconds = BigInt(Math.floor((retryMs ?? 0) / 1_000));
  const retryDelay = { seconds, nanos: ((retryMs ?? 0) % 1_000) * 1_000_000 };
  const retry = { desc: RetryInfoSchema, value: create(RetryInfoSchema, { retryDelay }) };
  return new ConnectError("refused", code, undefined, retryMs === undefined ? [info] : [info, retry]);
}

function nodeFailure(code: Code, cause: { readonly code: string; readonly syscall: string }): ConnectError {
  return new ConnectError(
    cause.code,
    code,
    undefined,
    undefined,
    Object.assign(new Error(cause.code), cause),
  );
}

const ANSWER = "answer";
const storeAway = refusal(Code.Unavailable, "STORE_UNAVAILABLE", 1_000);
const gatewayAway = new ConnectError("HTTP 503", Code.Unavailable);
const cutOff = new ConnectError("http/2 stream closed with error code CANCEL (0x8)", Code.Canceled);
const reset = nodeFailure(Code.Aborted, { code: "ECONNRESET", syscall: "read" });
const crossedTheEnd = new ConnectError("Stream closed with error code NGHTTP2_REFUSED_STREAM", Code.Internal);
const notListening = nodeFailure(Code.Unavailable, { code: "ECONNREFUSED", syscall: "connect" });
const inFlight = refusal(Code.Aborted, "REQUEST_IN_FLIGHT", 1_000);

/** Plays a list of failures, then the answer, in a time that passes only by waiting. */
async function play(
  failures: readonly (ConnectError | undefined)[],
  call: Partial<RetriedCall> & { readonly tryMs?: number; readonly chance?: number } = {},
) {
  let now = 0;
  const waits: number[] = [];
  const left: number[] = [];
  const timing = {
    now: () => now,
    wait: (ms: number) => {
      waits.push(ms);
      now += ms;
      return Promise.resolve();
    },
    chance: () => call.chance ?? 0,
  };
  const result = await withRetries(
    { timeoutMs: 60_000, signal: undefined, repeatable: true, ...call },
    timing,
    (leftMs) => {
      left.push(leftMs);
      now += call.tryMs ?? 0;
      const failure = failures[left.length - 1];
      return failure === undefined ? Promise.resolve(ANSWER) : Promise.reject(failure);
    },
  ).catch((error: unknown) => error as ConnectError);
  return { result, waits, left };
}

describe("a call that may be repeated", () => {
  test.each([
    ["what the service calls unavailable, when it says", storeAway, 1_000],
    ["what something before the service calls unavailable", gatewayAway, 100],
    ["a request that is still being worked on, when the service says", inFlight, 1_000],
    ["a connection that was cut under it", cutOff, 100],
    ["a connection that was reset under it", reset, 100],
    ["a connection whose end it crossed, immediately", crossedTheEnd, 0],
    ["a service that does not listen, immediately", notListening, 0],
  ])("a call that may be repeated is sent again after %s", async (_, failure, wait) => {
    expect(await play([failure])).toMatchObject({ result: ANSWER, waits: [wait] });
  });

  test.each([
    ["says nothing of a retry", refusal(Code.Unavailable, "DELIVERY_FAILED")],
    ["is over a limit, whatever it says", refusal(Code.ResourceExhausted, "USER_RATE_LIMITED", 10)],
    ["found a mistake", refusal(Code.InvalidArgument, "INVALID_FIELD")],
    ["ran out of time", refusal(Code.DeadlineExceeded, "DEADLINE_EXCEEDED")],
    ["found a fault of its own", refusal(Code.Internal, "INTERNAL")],
  ])("a call that may be repeated is not sent again when the service %s", async (_, failure) => {
    expect(await play([failure])).toEqual({ result: failure, waits: [], left: [60_000] });
  });

  test("a call that may be repeated is tried four times, with waits that grow", async () => {
    const { result, waits } = await play([gatewayAway, gatewayAway, gatewayAway, gatewayAway]);
    expect(result).toBe(gatewayAway);
    expect(waits).toEqual([100, 200, 400]);
  });

  test("a call that may be repeated waits a fifth longer at most, by chance, and never shorter than it was told", async () => {
    expect((await play([storeAway], { chance: 1 })).waits).toEqual([1_200]);
    expect((await play([gatewayAway], { chance: 1 })).waits).toEqual([120]);
  });

  test("a call that may be repeated obeys gRPC's pushback, also where that says never", async () => {
    const pushedBack = (value: string) =>
      new ConnectError("away", Code.Unavailable, { "grpc-retry-pushback-ms": value });
    expect((await play([pushedBack("250")])).waits).toEqual([250]);
    for (const never of ["-1", "soon", ""]) expect((await play([pushedBack(never)])).waits).toEqual([]);
  });
});

describe("a call that may not be repeated", () => {
  test.each([
    ["crossed the end of a connection", crossedTheEnd],
    ["met nobody who listens", notListening],
  ])("a call that may not be repeated is sent again when it %s", async (_, failure) => {
    expect(await play([failure], { repeatable: false })).toMatchObject({ result: ANSWER });
  });

  test.each([
    ["unavailable", storeAway],
    ["unavailable before the service", gatewayAway],
    ["a cut connection", cutOff],
    ["a reset", reset],
  ])("a call that may not be repeated is not sent again after %s", async (_, failure) => {
    const { result, left } = await play([failure], { repeatable: false });
    expect(result).toMatchObject({ code: Code.Unavailable });
    expect(left).toHaveLength(1);
  });
});

describe("the caller's deadline", () => {
  test("the caller's deadline is for all tries together: each gets what is left", async () => {
    const { left } = await play([storeAway, storeAway], { timeoutMs: 5_000, tryMs: 100 });
    expect(left).toEqual([5_000, 3_900, 2_800]);
  });

  test("the caller's deadline is not waited for in vain: the error comes immediately when the wait would outlast it", async () => {
    const { result, waits } = await play([storeAway], { timeoutMs: 1_000 });
    expect(result).toBe(storeAway);
    expect(waits).toEqual([]);
  });

  test("the caller's deadline of none leaves each try without one", async () => {
    expect(await play([storeAway], { timeoutMs: 0 })).toMatchObject({ result: ANSWER, left: [0, 0] });
  });
});

test("a lost connection is told as unavailable, with its cause", async () => {
  const { result } = await play([cutOff], { repeatable: false });
  expect(result).toMatchObject({ code: Code.Unavailable, cause: cutOff });
});

test("a caller who gives up is told so, and nothing is sent for him again", async () => {
  const given = AbortSignal.abort();
  const canceled = new ConnectError("gone", Code.Canceled);
  expect(await play([canceled], { signal: given })).toMatchObject({ result: canceled, waits: [] });
});

test("a caller who gives up during a wait gets the error that was waited on", async () => {
  const timing = { now: () => 0, wait: () => Promise.reject(new Error("aborted")), chance: () => 0 };
  const call = { timeoutMs: 5_000, signal: undefined, repeatable: true };
  await expect(withRetries(call, timing, () => Promise.reject(storeAway))).rejects.toBe(storeAway);
});
