import { randomInt } from "node:crypto";

/** COUNTERSIGN_TEST_ASSURANCE=long chooses the long form, which asserts timing too and must not share the machine. */
const long = process.env.COUNTERSIGN_TEST_ASSURANCE === "long";

/** How much each campaign does. Durations are what it plans with; start and end of its servers come on top. */
export const FORM = {
  long,
  floods: { durationMs: long ? 240_000 : 12_000 },
  fuzz: { inputs: long ? 200_000 : 5_000 },
  faults: { durationMs: long ? 720_000 : 35_000 },
} as const;

/** COUNTERSIGN_TEST_SEED repeats the inputs of an earlier run: 0 to 4294967295. */
export const SEED = seedFrom(process.env.COUNTERSIGN_TEST_SEED);

function seedFrom(text: string | undefined): number {
  if (text === undefined || text === "") return randomInt(2 ** 32);
  const seed = Number(text);
  if (!Number.isInteger(seed) || seed < 0 || seed >= 2 ** 32)
    throw new Error(`COUNTERSIGN_TEST_SEED is "${text}", not a whole number below 4294967296`);
  return seed;
}
