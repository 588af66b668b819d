import type { Log } from "@countersign/telemetry-ports";
import { expect, test, vi } from "vitest";
import { CallerRegistry } from "./caller-registry.js";
import { permitListed } from "./permit-call.js";

test("a denial stands when its audit row cannot be written, and the log says that it is missing", async () => {
  const error = vi.fn<Log["error"]>();
  const log: Log = { debug: vi.fn(), info: vi.fn(), warn: vi.fn(), error, child: () => log };
  const permit = permitListed({
    registry: () => new CallerRegistry([]),
    record: () => Promise.reject(new Error("down")),
    now: () => new Date(0),
  });
  const call = { rpc: { service: "s", method: "m" }, requestId: "r1", log };
  await expect(permit({ id: "login" }, call)).rejects.toMatchObject({ reason: "PERMISSION_DENIED" });
  expect(error).toHaveBeenCalledWith(
    expect.objectContaining({ caller: "login" }),
    "the denied call could not be audited",
  );
});
