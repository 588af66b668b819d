import type { FrameSession } from "./frame-grammar.js";
import type { Input } from "./input.js";
import type { Finding, Session } from "./session.js";

/** What a failure is worth: a run may take as long as the answer that does not come. */
const MAX_SHRINK_MS = 40_000;

/** Leaves out frames of a failing session as long as it fails. A request that loses one is due no answer any more. */
export async function shrinkFrames(
  session: FrameSession,
  run: (session: FrameSession) => Promise<string | undefined>,
): Promise<string> {
  let smallest = session;
  const what = await run(session);
  const end = performance.now() + MAX_SHRINK_MS;
  for (let at = 0; at < smallest.frames.length && performance.now() < end; ) {
    const frames = smallest.frames.filter((_, index) => index !== at);
    const streamId = smallest.frames[at]!.readUInt32BE(5);
    const requests = smallest.requests.filter((each) => each !== streamId);
    const candidate = { ...smallest, frames, requests };
    if ((await run(candidate)) === what) smallest = candidate;
    else at += 1;
  }
  const lines = smallest.frames.map((frame) => `  ${frame.subarray(0, 400).toString("hex")}`);
  return [
    `${what ?? "not seen again"}: HTTP/2 frames, ${smallest.damaged ? "damaged" : "as the RFC has them"}:`,
    ...lines,
  ].join("\n");
}

/** Makes a failing session smaller as long as it fails: fewer inputs, fewer headers, shorter bodies. */
export async function shrink(
  session: Session,
  run: (session: Session) => Promise<Finding | undefined>,
): Promise<string> {
  let smallest = session;
  let finding = await run(session);
  if (finding === undefined) return `not seen again\n${show(session)}`;
  const end = performance.now() + MAX_SHRINK_MS;
  for (let smaller = true; smaller; ) {
    smaller = false;
    for (const candidate of candidates(smallest)) {
      if (performance.now() > end) break;
      const found = await run(candidate);
      if (found?.what !== finding.what) continue;
      [smallest, finding, smaller] = [candidate, found, true];
      break;
    }
  }
  return `${finding.what}\n${show(smallest)}`;
}

function* candidates(session: Session): Generator<Session> {
  const { inputs } = session;
  if (inputs.length > 1) {
    const half = Math.ceil(inputs.length / 2);
    yield { ...session, inputs: inputs.slice(half) };
    yield { ...session, inputs: inputs.slice(0, half) };
    for (const at of inputs.keys()) yield { ...session, inputs: inputs.filter((_, index) => index !== at) };
  }
  for (const [at, input] of inputs.entries())
    for (const smaller of smallerInputs(input))
      yield { ...session, inputs: inputs.map((each, index) => (index === at ? smaller : each)) };
}

function* smallerInputs(input: Input): Generator<Input> {
  if (input.pieces.length > 0) yield { ...input, pieces: [] };
  if (input.chunked) yield { ...input, chunked: false };
  for (const at of input.headers.keys())
    yield { ...input, headers: input.headers.filter((_, index) => index !== at) };
  const { body } = input;
  for (let size = Math.ceil(body.length / 2); size >= 1 && body.length > 0; size = Math.floor(size / 2))
    for (const rest of [body.subarray(size), body.subarray(0, body.length - size)])
      yield { ...input, body: rest, pieces: [] };
}

/** A session as a person reads it. */
function show({ transport, atOnce, inputs }: Session): string {
  const lines = inputs.map(
    ({ httpMethod, path, headers, body, caller, chunked, pieces }) =>
      `  ${httpMethod} ${path} as ${caller} ${JSON.stringify(headers)}${chunked ? " chunked" : ""}` +
      `, body of ${body.length} bytes cut at ${JSON.stringify(pieces)}: ${JSON.stringify(body.subarray(0, 300).toString("latin1"))}`,
  );
  return [`${transport}, ${atOnce ? "all together" : "one after the other"}:`, ...lines].join("\n");
}
