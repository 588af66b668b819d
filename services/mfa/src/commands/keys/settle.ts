import { stat } from "node:fs/promises";
import { join } from "node:path";
import type { KeyInfo } from "@countersign/field-crypto";
import { folderOf, type KeyContext } from "./key-context.js";

/** A kubelet swaps a mounted Secret within some 90 s, and a replica looks every 10 s. */
const UNTIL_REPLICAS_KNOW = 120;
/** A code that was sent before the promotion is checked under the old key until it expires, ten minutes by default. */
const UNTIL_CODES_EXPIRED = 900;

/** A replica that has not loaded a key cannot open what another seals under it. Throws if the key is too new. */
export function requireKnownToReplicas(context: KeyContext, key: KeyInfo): void {
  const settle = context.options.settleSeconds ?? UNTIL_REPLICAS_KNOW;
  const age = secondsSince(context, key.createTime ?? new Date(0));
  if (age >= settle) return;
  throw new Error(
    `key ${key.id} was made ${age} s ago, and a replica may not have read it yet: try again in ${settle - age} s, ` +
      "or give --settle-seconds 0 when nothing runs on these keys",
  );
}

/** A replica that has not seen the last promotion still seals under the old key. Throws while that is possible. */
export async function requireSettledPromotion(context: KeyContext): Promise<void> {
  const settle = context.options.settleSeconds ?? UNTIL_CODES_EXPIRED;
  const { mtime } = await stat(join(folderOf(context), "primary"));
  const age = secondsSince(context, mtime);
  if (age >= settle) return;
  throw new Error(
    `the active key changed ${age} s ago, and codes that were sent before may still be out: try again in ${settle - age} s, ` +
      "or give --settle-seconds 0 when nothing runs on these keys",
  );
}

function secondsSince({ now }: KeyContext, then: Date): number {
  return Math.floor((now().getTime() - then.getTime()) / 1000);
}
