import type { Reporter, TestModule } from "vitest/node";

/** A run in which every client was skipped proves nothing, and fails. */
export class NoneRanReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    if (modules.some(({ children }) => [...children.allTests("passed")].length > 0)) return;
    console.error("clients: none ran");
    process.exitCode = 1;
  }
}
