import { readFileSync } from "node:fs";
import type { ReceivedRequest } from "./http-endpoint.js";

interface Receiver {
  readonly verify: (request: ReceivedRequest, secret: string, now: number) => boolean;
  readonly receive: (
    request: ReceivedRequest,
    secret: string,
    now: number,
    state: { readonly seen: Set<string>; readonly deliver: (message: { text: string }) => void },
  ) => number;
}

/** The sample in docs/webhook.md, run as it stands there, so that what integrators copy is known to work. */
export async function loadReceiver(): Promise<Receiver> {
  const page = readFileSync(new URL("../../../../docs/webhook.md", import.meta.url), "utf8");
  const [sample, ...others] = [...page.matchAll(/```js\n([\s\S]*?)```/g)].map(([, code]) => code ?? "");
  if (sample === undefined || others.length > 0)
    throw new Error("docs/webhook.md must hold exactly one sample");
  return (await import(`data:text/javascript,${encodeURIComponent(sample)}`)) as Receiver;
}
