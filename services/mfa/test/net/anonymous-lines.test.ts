import { expect, test } from "vitest";
import { LOGIN, STATUS, startBoundedServer } from "./support/bounded-server.js";
import { FrameClient } from "./support/frames.js";

const BUDGET = { burst: 3, perSecond: 0 };

test.each([
  ["a peer", { perPeer: BUDGET, all: { burst: 100, perSecond: 0 } }],
  ["all", { perPeer: { burst: 100, perSecond: 0 }, all: BUDGET }],
])(
  "calls without a caller write few lines for %s; those of callers write one each",
  async (_, anonymousLines) => {
    let suppressed = 0;
    const onLineSuppressed = () => {
      suppressed += 1;
    };
    await using server = await startBoundedServer({}, { pipeline: { anonymousLines, onLineSuppressed } });
    const client = await FrameClient.connect(server.port);
    for (let call = 0; call < 10; call += 1) client.request(1 + 2 * call, STATUS);
    for (let call = 10; call < 15; call += 1) client.request(1 + 2 * call, STATUS, LOGIN);
    for (let call = 0; call < 15; call += 1) await client.next(({ streamId }) => streamId > 0);
    await expect.poll(() => server.log.lines.length + suppressed).toBe(15);
    const codes = server.log.lines.map(({ fields }) => fields.code);
    expect(codes.filter((code) => code === "Unauthenticated")).toHaveLength(3);
    expect(codes.filter((code) => code === "OK")).toHaveLength(5);
    expect(suppressed).toBe(7);
    client.destroy();
  },
);
