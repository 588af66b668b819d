import { inspect } from "node:util";

export function expect(ok: boolean, met: unknown): asserts ok {
  if (!ok) throw new Error(`unexpected: ${inspect(met, { depth: 4 })}`);
}

/** What a call fails with. */
export async function errorOf(call: Promise<unknown>): Promise<unknown> {
  const met = await call.catch((error: unknown) => ({ error }));
  if (typeof met === "object" && met !== null && "error" in met) return met.error;
  throw new Error(`unexpected: ${inspect(met)}`);
}
