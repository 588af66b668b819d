import { outcomesOf } from "./test-outcomes.mjs";

/** Ends a vitest run with the names of what failed, and one plain line of counts, for readers and for programs. */
export default class ClosingLineReporter {
  onTestRunEnd(modules, unhandledErrors, reason) {
    const { passed, failed, skipped, secondTry } = outcomesOf(modules);
    for (const error of unhandledErrors) failed.push(`unhandled error: ${error.message}`);
    // The set-up failed, the run was interrupted, or no test was found.
    if (reason !== "passed" && failed.length === 0) failed.push(`the run: ${reason}`);
    console.log();
    for (const name of secondTry) console.log(`passed at the second try: ${name}`);
    for (const name of failed) console.log(`failed: ${name}`);
    console.log(`${passed} passed, ${failed.length} failed, ${skipped} skipped`);
    if (failed.length > 0) process.exitCode = 1;
  }
}
