/** Ends a vitest run with one plain line that says how many tests passed, for readers and for programs. */
export default class ClosingLineReporter {
  onTestRunEnd(modules, unhandledErrors, reason) {
    const count = { passed: 0, failed: unhandledErrors.length, skipped: 0 };
    for (const module of modules) {
      const tests = [...module.children.allTests()];
      for (const test of tests) count[outcome(test)] += 1;
      // A file that does not load, or whose hook fails outside every test, has no failed test of its own.
      if (!module.ok() && !tests.some((test) => outcome(test) === "failed")) count.failed += 1;
    }
    // The set-up failed, the run was interrupted, or no test was found.
    if (reason !== "passed" && count.failed === 0) count.failed = 1;
    console.log(`\n${count.passed} passed, ${count.failed} failed, ${count.skipped} skipped`);
  }
}

/** A test that was still running when the run was stopped has not passed. */
function outcome(test) {
  const { state } = test.result();
  return state === "pending" ? "failed" : state;
}
