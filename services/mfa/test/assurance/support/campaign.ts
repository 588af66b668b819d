import { writeSync } from "node:fs";
import { test } from "vitest";
import { FORM, SEED } from "./form.js";
import { Random } from "./random.js";

declare module "vitest" {
  interface TaskMeta {
    /** The campaign's row in the summary that scripts/assurance-reporter.mjs prints. */
    assurance?: CampaignRow;
  }
}

interface CampaignRow {
  readonly campaign: string;
  readonly seed: number;
  calls: number;
  note: string;
}

/** A running campaign: what it counts and notes goes to the terminal while it runs and to the summary at its end. */
export interface Campaign {
  readonly random: Random;
  /** Adds inputs that were sent, or calls that were made. */
  readonly count: (calls: number) => void;
  /** Replaces the note, such as `p99 4 ms, quiet 3 ms`. */
  readonly note: (text: string) => void;
}

const PROGRESS_INTERVAL_MS = 10_000;

/** A test that is a row in the summary of the assurance suite. In the long form it tells its progress every ten seconds. */
export function campaign(
  name: string,
  timeLimitMs: number,
  run: (campaign: Campaign) => Promise<void>,
): void {
  test(
    name,
    async ({ task }) => {
      const row: CampaignRow = { campaign: name, seed: SEED, calls: 0, note: "" };
      task.meta.assurance = row;
      const started = performance.now();
      const progress = setInterval(() => {
        const seconds = Math.round((performance.now() - started) / 1_000);
        if (FORM.long)
          say(`assurance: ${name}: ${seconds} s, ${row.calls} calls${row.note && `, ${row.note}`}`);
      }, PROGRESS_INTERVAL_MS);
      try {
        await run({
          random: new Random(SEED, name),
          count: (calls) => (row.calls += calls),
          note: (text) => (row.note = text),
        });
      } finally {
        clearInterval(progress);
      }
    },
    timeLimitMs,
  );
}

/** Writes immediately; the runner would keep the line until the test has ended. */
function say(line: string): void {
  writeSync(process.stderr.fd, `${line}\n`);
}
