import { importUsers } from "../app/import-users.js";
import { openMoving } from "../compose/moving.js";
import { movingActor, movingLog } from "./moving/actor.js";
import { importArguments } from "./moving/arguments.js";
import type { MovingContext } from "./moving/context.js";
import { importReport } from "./moving/import-report.js";
import { openInput } from "./moving/open-input.js";
import { readUsers } from "./moving/read-users.js";

/** Exit codes: 0 every line is in, 1 lines were refused or the work could not be done. Throws UsageError. */
export async function runImport(args: readonly string[], context: MovingContext): Promise<number> {
  const { file, format, identityFile, json, ...options } = importArguments(args);
  await using moving = await openMoving(context.config, { log: movingLog(context), now: context.now });
  const bytes = await openInput({ file, identityFile, stdin: context.stdin });
  const report = importReport(context, { json, dryRun: options.dryRun });
  try {
    const outcomes = importUsers(moving, readUsers(bytes, format), {
      ...options,
      actor: movingActor("import"),
    });
    for await (const outcome of outcomes) report.add(outcome);
  } catch (error) {
    report.stop();
    throw error;
  }
  return report.end();
}
