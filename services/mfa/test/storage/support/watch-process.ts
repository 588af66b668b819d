import { afterAll, beforeAll, expect } from "vitest";

/** Collects what would end the process of the service. Answers a check that there was nothing. */
export function watchProcess(): () => void {
  const ends: unknown[] = [];
  const note = (error: unknown) => void ends.push(error);
  beforeAll(() => {
    process.on("uncaughtException", note);
    process.on("unhandledRejection", note);
  });
  afterAll(() => {
    process.off("uncaughtException", note);
    process.off("unhandledRejection", note);
  });
  return () => expect(ends).toEqual([]);
}
