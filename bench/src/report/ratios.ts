import { spreadOf } from "../measure/spread.js";
import { SECOND_SERVER_CORE, SERVER_CORE } from "../process/cores.js";
import {
  BETTER_AUTH,
  OUR_EMPTY,
  PLAIN,
  RAW,
  TOTP,
  TOTP_BESIDE_BACKUP,
  TOTP_TWO_PROCESSES,
} from "../scenarios/names.js";
import type { Measurement } from "../scenarios/scenario.js";

/** What one thing is in terms of another, measured in the same round. */
export interface Ratio {
  readonly what: string;
  readonly value: number;
  readonly target: { readonly text: string; readonly met: (value: number) => boolean };
}

type Of = (result: Measurement["result"]) => number;

const perSecond: Of = ({ calls, seconds }) => calls / seconds;
/** How many calls a core would answer if it did nothing but serve them: what a machine with too few cores can tell. */
const perServerCpu: Of = ({ calls, cpuMs }) => calls / Math.max(cpuMs.server, 1);
const p99: Of = ({ p99Ms }) => p99Ms;

const atLeast = (least: number) => ({ text: `at least ${least}`, met: (value: number) => value >= least });
const atMost = (most: number) => ({ text: `at most ${most}`, met: (value: number) => value <= most });

/** Of what is measured at one number in flight only, that one is meant. */
function resultOf(
  round: readonly Measurement[],
  name: string,
  inFlight: number,
): Measurement["result"] | undefined {
  const named = round.filter((measurement) => measurement.name === name);
  return (named.length === 1 ? named[0] : named.find((one) => one.inFlight === inFlight))?.result;
}

/** The targets, each from pairs of measurements of one round, so that what slows the machine slows both. */
export function ratiosOf(rounds: readonly (readonly Measurement[])[], inFlight: number): Ratio[] {
  function ratio(
    pair: readonly [string, string],
    of: Of,
    { times = 1, ...told }: Omit<Ratio, "value"> & { readonly times?: number },
  ): Ratio[] {
    const values = rounds.flatMap((round) => {
      const [over, under] = pair.map((name) => resultOf(round, name, inFlight));
      return over === undefined || under === undefined || of(under) === 0 ? [] : [of(over) / of(under)];
    });
    return values.length === 0 ? [] : [{ ...told, value: times * spreadOf(values).median }];
  }
  const both = (pair: readonly [string, string], what: string, target: Ratio["target"]) => [
    ...ratio(pair, perSecond, { what: `${what}: calls/s`, target }),
    ...ratio(pair, perServerCpu, { what: `${what}: calls per second of server CPU`, target }),
  ];
  return [
    ...both([OUR_EMPTY, RAW], "empty RPC to raw HTTP/2 with protobuf", atLeast(0.7)),
    ...both([TOTP, OUR_EMPTY], "VerifyCode to empty RPC", atLeast(0.5)),
    ...both([TOTP, PLAIN], "VerifyCode to plain form", atLeast(7)),
    ...both([TOTP, BETTER_AUTH], "VerifyCode to Better Auth", atLeast(10)),
    // Each process is given a core: so many calls a core's second is worth, twice.
    ...ratio([TOTP_TWO_PROCESSES, TOTP], perServerCpu, {
      what: "two processes to one, at two cores' server CPU",
      target: atLeast(1.7),
      times: 2,
    }),
    ...(SECOND_SERVER_CORE === SERVER_CORE
      ? []
      : ratio([TOTP_TWO_PROCESSES, TOTP], perSecond, {
          what: "two processes to one: calls/s",
          target: atLeast(1.7),
        })),
    ...ratio([TOTP_BESIDE_BACKUP, TOTP], p99, {
      what: "p99 beside 20 backup codes/s to p99 without",
      target: atMost(2),
    }),
  ];
}
