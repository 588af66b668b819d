import { createHash } from "node:crypto";

/** Distinct first bytes, so that an inner node is never valid as a leaf (RFC 6962 section 2.1). */
const LEAF = Buffer.from([0]);
const NODE = Buffer.from([1]);

/** The Merkle tree hash of RFC 6962 over the leaves in their order: it changes with any leaf, their order and their number. */
export function merkleRoot(leaves: readonly Uint8Array[]): Buffer {
  let level = leaves.map((leaf) => sha256(LEAF, leaf));
  while (level.length > 1) level = pairUp(level);
  return level[0] ?? sha256();
}

/** The last of an odd number moves up alone, which gives the same tree as splitting at powers of two. */
function pairUp(level: readonly Buffer[]): Buffer[] {
  const next: Buffer[] = [];
  for (let index = 0; index < level.length; index += 2) {
    const [left, right] = [level[index], level[index + 1]];
    if (left !== undefined) next.push(right === undefined ? left : sha256(NODE, left, right));
  }
  return next;
}

function sha256(...parts: readonly Uint8Array[]): Buffer {
  const hash = createHash("sha256");
  for (const part of parts) hash.update(part);
  return hash.digest();
}
