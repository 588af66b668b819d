import { parseArgs } from "node:util";

/** What the benchmark was asked to do. */
export interface BenchOptions {
  /** How many users are enrolled, for each database to measure with. */
  readonly users: readonly number[];
  readonly betterAuth: boolean;
  readonly profile: boolean;
  /** A run of a few seconds that shows that everything works, for CI. Its numbers say nothing. */
  readonly short: boolean;
  readonly rounds: number;
  readonly inFlight: readonly number[];
  /** Only the scenarios whose names hold this text. */
  readonly only: string | undefined;
  /** Where result.json and chart.svg go. */
  readonly out: string;
}

export const USAGE = `npm run bench -- [options]

  --users 10k,5m        enrolled users; several: the service is measured with each (default 10k)
  --peer better-auth    measure that package's TOTP verification too
  --profile             write a CPU profile of the service under load beside the results
  --short               a few seconds, to see that it works
  --rounds N            how often each scenario is repeated (default 5)
  --in-flight 1,16,64   concurrent calls
  --only TEXT           only the scenarios whose names hold this text
  --out FOLDER          where result.json and chart.svg go (default bench/out)
`;

/** Throws an Error whose message says what is wrong. */
export function readOptions(args: readonly string[], defaultOut: string): BenchOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      users: { type: "string", default: "10k" },
      peer: { type: "string" },
      profile: { type: "boolean", default: false },
      short: { type: "boolean", default: false },
      rounds: { type: "string" },
      "in-flight": { type: "string", default: "1,16,64" },
      only: { type: "string" },
      out: { type: "string", default: defaultOut },
    },
  });
  if (values.peer !== undefined && values.peer !== "better-auth")
    throw new Error("the only --peer is better-auth");
  return {
    users: values.short ? [500] : values.users.split(",").map(parseCount),
    betterAuth: values.peer === "better-auth",
    profile: values.profile,
    short: values.short,
    rounds: parseCount(values.rounds ?? (values.short ? "1" : "5")),
    inFlight: values.short ? [16] : values["in-flight"].split(",").map(parseCount),
    only: values.only,
    out: values.out,
  };
}

/** 500, 10k or 5m. */
function parseCount(text: string): number {
  const [, digits, unit] = /^(\d+)([km]?)$/i.exec(text) ?? [];
  const count =
    Number(digits) * (unit === undefined || unit === "" ? 1 : unit.toLowerCase() === "k" ? 1e3 : 1e6);
  if (!Number.isInteger(count) || count < 1)
    throw new Error(`${text} is not a number such as 500, 10k or 5m`);
  return count;
}
