import { createScratchFolder } from "@countersign/mfa/test/scratch-folder";
import { Closer } from "@countersign/mfa/testing/set-up";
import type { TestProject } from "vitest/node";
import { startConfigurations } from "./configurations.js";
import { startUnsteadyServer } from "./unsteady-server.js";
import "./provided.js";

/** Starts what the client programs call; the function it returns ends it. Postgres and Redis are there before. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const closer = new Closer();
  const end = () => closer[Symbol.asyncDispose]();
  try {
    const folder = closer.own(await createScratchFolder());
    const { templateDatabaseUrl: databaseUrl, sharedRedisUrl: redisUrl } = project.getProvidedContext();
    const unsteady = closer.own(await startUnsteadyServer());
    project.provide("unsteadyTarget", `127.0.0.1:${unsteady.port}`);
    project.provide(
      "configurations",
      await startConfigurations({ folder, stores: { databaseUrl, redisUrl }, closer }),
    );
  } catch (error) {
    await end();
    throw error;
  }
  return end;
}
