/** A race that was lost once is a defect, however often it is won: files whose tests must pass at the first try. */
const FIRST_TRY_ONLY = /\.race\.test\.ts$|\/test\/assurance\//;

/**
 * What came of a run: counts, and by name what failed and what needed a second try.
 * `modules` are vitest's test modules.
 */
export function outcomesOf(modules) {
  const outcomes = { passed: 0, failed: [], skipped: 0, secondTry: [] };
  for (const module of modules) {
    const tests = [...module.children.allTests()];
    const failedBefore = outcomes.failed.length;
    for (const test of tests) record(test, module, outcomes);
    // A file that does not load, or whose hook fails outside every test, has no failed test of its own.
    if (!module.ok() && outcomes.failed.length === failedBefore)
      outcomes.failed.push(named(module.relativeModuleId, module.errors()));
  }
  return outcomes;
}

function record(test, module, outcomes) {
  const { state, errors } = test.result();
  const name = `${module.relativeModuleId} > ${test.fullName}`;
  const flaky = test.diagnostic()?.flaky === true;
  if (state === "skipped") outcomes.skipped += 1;
  else if (state === "passed" && !flaky) outcomes.passed += 1;
  else if (state === "passed" && !FIRST_TRY_ONLY.test(module.moduleId)) {
    outcomes.passed += 1;
    outcomes.secondTry.push(named(name, errors));
  }
  // A test that was still running when the run was stopped has not passed.
  else outcomes.failed.push(named(name, errors));
}

/** The name and the first line of the first error, if there is one. */
function named(name, errors) {
  const [firstLine] = (errors?.[0]?.message ?? "").split("\n");
  return firstLine ? `${name}: ${firstLine}` : name;
}
