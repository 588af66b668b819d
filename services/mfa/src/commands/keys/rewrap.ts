import { loadKeyRingFolder } from "@countersign/field-crypto";
import { secretRewrap, userRefs } from "../../crypto/keyed-ports.js";
import { registerPseudonyms } from "../../storage/postgres/audit/audit-subjects.js";
import { forgetUnusedKeys, missingKeyText } from "../../storage/postgres/keys/keys-in-use.js";
import { type RewrapProgress, rewrapValues } from "../../storage/postgres/keys/rewrap-values.js";
import { missingKeys, openDatabase } from "./database.js";
import { folderOf, type KeyCommand, type KeyContext } from "./key-context.js";
import { writeProgressMetrics } from "./progress-metrics.js";

const BATCH_SIZE = 200;

export const rewrap: KeyCommand = async (context) => {
  const ring = await loadKeyRingFolder(folderOf(context));
  await using database = openDatabase(context);
  const batchSize = context.options.batchSize ?? BATCH_SIZE;
  const usable = ring.ids("field-encryption");
  for (const id of await missingKeys(database, usable)) context.note(`alarm: ${missingKeyText(id)}`);
  await registerPseudonyms({ database, userRefs: userRefs(ring), batchSize });
  const reseal = secretRewrap(ring);
  const activeKeyId = ring.active("field-encryption").id;
  const report = progressReport(context);
  const { remaining, ...progress } = await rewrapValues({
    database,
    activeKeyId,
    rewrap: (value) => reseal(value.sealed, value),
    batchSize,
    onProgress: (each) => report("progress", each),
    onRefused: ({ factorId, column }, reason) =>
      context.note(`alarm: ${column} of factor ${factorId} does not open: ${reason}`),
  });
  await forgetUnusedKeys(
    database,
    usable.filter((id) => id !== activeKeyId),
  );
  report("end", progress, { remaining });
  return remaining === 0 ? 0 : 1;
};

/** JSON lines for a program, else a line for a person. The rate is this run's own. */
function progressReport(context: KeyContext) {
  const start = context.now().getTime();
  return (
    event: "progress" | "end",
    progress: RewrapProgress,
    end: { readonly remaining?: number } = {},
  ): void => {
    const { metricsFile } = context.options;
    if (metricsFile !== undefined) writeProgressMetrics(metricsFile, progress);
    const seconds = Math.max(0.001, (context.now().getTime() - start) / 1000);
    const rowsPerSecond = Math.round(progress.done / seconds);
    if (context.options.json === true) {
      context.print(JSON.stringify({ event, ...progress, ...end, rowsPerSecond }));
      return;
    }
    context.note(`${progress.done} of ${progress.total} values, ${rowsPerSecond}/s`);
    if (end.remaining !== undefined)
      context.print(
        `${progress.rewrapped} values re-encrypted, ${progress.refused} refused, ${end.remaining} still under other keys`,
      );
  };
}
