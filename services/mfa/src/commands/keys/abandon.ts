import { listKeys } from "@countersign/field-crypto";
import { NO_USAGE } from "../../storage/postgres/keys/key-usage.js";
import { abandonKey } from "../../storage/postgres/keys/keys-in-use.js";
import { openDatabase, usageByKey } from "./database.js";
import { folderOf, type KeyCommand, type KeyContext, report } from "./key-context.js";

/** For a key that is lost without a copy: until it is abandoned, no server is ready. */
export const abandon: KeyCommand = async (context) => {
  const { operand: id } = context;
  await requireLost(context);
  const { sealedValues, backupCodeSets } = (await usageByKey(context)).get(id) ?? NO_USAGE;
  await using database = openDatabase(context);
  await database.run((orm) => abandonKey(orm, id, context.now()));
  report(
    context,
    { abandoned: id, sealedValues, backupCodeSets },
    `servers continue without key ${id}: ${sealedValues} sealed values and the backup codes of ${backupCodeSets} users are lost`,
  );
  context.note(
    "Next: reset these users (ResetMfa), who then enrol again. Until then their calls fail with INTERNAL.",
  );
  return 0;
};

/** Throws for a key that can still decrypt: it must not be abandoned by mistake. */
async function requireLost(context: KeyContext): Promise<void> {
  const { config, options, operand } = context;
  if (config.keyRingDir === undefined && options.dir === undefined) return;
  const key = (await listKeys(folderOf(context))).find(({ id }) => id === operand);
  if (key !== undefined && key.state !== "retired")
    throw new Error(`key ${operand} is in the folder and opens what it sealed: nothing is lost`);
}
