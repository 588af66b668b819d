import { readFileSync } from "node:fs";
import { loadServiceConfig, startServer } from "@countersign/mfa/testing/server";
import { answerParent } from "../process/child.js";
import type { ServerMessage, ServerReply } from "./server-message.js";

/**
 * The service as it ships, but for two things that the benchmark states instead of the ambient world: its clock, as a user logs in once per
 * time step, and its e-mail provider, which accepts every message immediately and tells the benchmark the code.
 */
const clock = { ms: Date.now() };
let sent: Record<string, string> = {};

const loaded = loadServiceConfig(process.env, (path) => readFileSync(path, "utf8"));
if (!loaded.ok) throw new Error(loaded.problems.join("\n"));
const server = await startServer(loaded.config, {
  now: () => new Date(clock.ms),
  senders: {
    sms: undefined,
    email: {
      send: ({ to, text }) => {
        sent[to] = /(?<![0-9])[0-9]{6}(?![0-9])/.exec(text)?.[0] ?? "";
        return Promise.resolve({ ok: true, provider: "bench" });
      },
    },
  },
});

answerParent((message: ServerMessage): Promise<ServerReply> => {
  if (message.kind === "clock") clock.ms = message.ms;
  const { port } = server.address;
  if (message.kind !== "sent-codes") return Promise.resolve({ port });
  const sentCodes = sent;
  sent = {};
  return Promise.resolve({ port, sentCodes });
});
