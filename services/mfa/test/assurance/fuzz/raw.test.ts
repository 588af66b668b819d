import { afterAll, beforeAll, describe } from "vitest";
import { campaign } from "../support/campaign.js";
import { FORM, SEED } from "../support/form.js";
import { Random } from "../support/random.js";
import { runSessions } from "./failures.js";
import { type FrameSession, generateFrames } from "./frame-grammar.js";
import { runFrames } from "./frame-session.js";
import { FuzzWorld } from "./fuzz-world.js";
import { generateMessage, toWire } from "./messages.js";
import { generateHeads, runHeads } from "./raw-heads.js";
import { shrinkFrames } from "./shrink.js";

/** More than elsewhere: a damaged session may wait for the deadlines of its calls, most of all one of frames. */
const CONNECTIONS = { heads: 30, frames: FORM.long ? 60 : 30 };
const MAX_MESSAGE_BYTES = 6_000;
const EMPTY = Buffer.alloc(0);
const LIMIT_MS = 600_000;
/** Of all inputs, for each of the two; fuzz.test.ts has the rest. */
const SHARE = 0.1;
/** A damaged session of frames waits for its end; the others need less time than they may take. */
const FRAMES_TIME_SHARE = 0.35;

let world: FuzzWorld;
beforeAll(async () => {
  world = await FuzzWorld.start();
});
afterAll(() => world[Symbol.asyncDispose]());

describe("what is not quite HTTP is answered as documented, or ends its own connection only:", () => {
  campaign("damaged requests over HTTP/1.1", LIMIT_MS, (run) =>
    world.unharmedBy(() =>
      runSessions(
        {
          share: SHARE,
          connections: CONNECTIONS.heads,
          generate: (number) => generateHeads(new Random(SEED, "heads", number)),
          size: () => 2,
          run: (bytes) => runHeads(bytes, world.target),
          show: (bytes) => Promise.resolve(JSON.stringify(bytes.subarray(0, 2_000).toString("latin1"))),
        },
        run,
      ),
    ),
  );

  campaign("HTTP/2 frames", LIMIT_MS, (run) =>
    world.unharmedBy(async () => {
      const authorization = await world.deployment.authorization("everything");
      const runOne = (session: FrameSession) => runFrames(session, world.instance.port);
      await runSessions(
        {
          share: SHARE,
          timeShare: FRAMES_TIME_SHARE,
          connections: CONNECTIONS.frames,
          generate: (number) => generateSession(number, authorization),
          size: ({ requests }) => requests.length,
          run: runOne,
          show: (session) => shrinkFrames(session, runOne),
        },
        run,
      );
    }),
  );
});

/** Requests to every unary RPC, with messages of its type. */
function generateSession(number: number, authorization: string): FrameSession {
  const random = new Random(SEED, "frames", number);
  const unary = [...world.methods.entries()].filter(([, { methodKind }]) => methodKind === "unary");
  return generateFrames(random, () => {
    const [rpc, method] = random.pick(unary);
    const message = Buffer.from(toWire(generateMessage({ random, target: "strangers" }, method.input)));
    // A frame holds 16 KiB unless the server says otherwise, and longer messages are no matter of frames.
    return { path: `/${rpc}`, authorization, message: message.length > MAX_MESSAGE_BYTES ? EMPTY : message };
  });
}
