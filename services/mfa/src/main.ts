#!/usr/bin/env node
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { KeyRingError } from "@countersign/field-crypto";
import { readSettingFile } from "@countersign/security-config";
import type { ImportExportCommand } from "./commands/import-export.js";
import { ConfigurationError } from "./config/configuration-error.js";
import { fatalWarnings, loadServiceConfig, type ServiceConfig } from "./config/service-config.js";

const USAGE = `countersign <command>

  serve             run the service (the default)
  migrate           bring the database schema up to date
  migrate --check   change nothing; exit 0 when this program can serve on the schema, 3 when not
  migrate --runtime-role NAME
                    and give the role that serves the rights it needs, and no others
  audit seal|verify|maintain
                    sign the audit log, check it, keep its partitions; audit --help tells more
  keys <command>    make, list, rotate and remove keys, and re-encrypt under new ones; countersign keys help
  import FILE       enrol users of another system; countersign import --help tells more
  export            write every user's factor, sealed for a recipient, to leave
  config check|print
                    judge the configuration, or show it without its secrets
  doctor            try all that the service needs, change nothing, and say what is wrong; exit 1 when something is
  healthcheck       exit 0 when the service on this machine is live

Configuration comes from the environment; docs/configuration.md lists it.
`;

/** What a command tells more of by --help. */
async function usageOf(command: string): Promise<string> {
  if (command === "audit") return (await import("./commands/audit.js")).AUDIT_USAGE;
  if (command === "import" || command === "export")
    return (await import("./commands/import-export.js")).IMPORT_EXPORT_USAGE;
  return USAGE;
}

/**
 * Runs one command and answers its exit code. Prints configuration problems all at once. Each command loads its own code: most of a start is
 * to load modules, and a probe that runs `healthcheck` needs few of them.
 */
export async function main(args: readonly string[]): Promise<number> {
  const [command = "serve", ...options] = args;
  if (command === "help" || (command !== "keys" && args.includes("--help"))) {
    process.stdout.write(await usageOf(command));
    return 0;
  }
  try {
    if (command === "migrate") return await migrateWith(options);
    if (command === "keys") return await keysWith(options);
    if (command === "audit") return await auditWith(options);
    if (command === "import" || command === "export") return await importOrExport(command, options);
    const loaded = loadServiceConfig(process.env, readSettingFile);
    return loaded.ok ? await run(command, options, loaded.config) : refuse("configuration", loaded.problems);
  } catch (error) {
    if (error instanceof ConfigurationError) return refuse("configuration", error.problems);
    if (error instanceof KeyRingError) return refuse("key ring", error.problems);
    throw error;
  }
}

async function migrateWith(options: readonly string[]): Promise<number> {
  const { loadMigrateConfig } = await import("./config/commands/migrate-config.js");
  const { runMigrate } = await import("./commands/migrate.js");
  const loaded = loadMigrateConfig(process.env, readSettingFile);
  if (!loaded.ok) return refuse("configuration", loaded.problems);
  const { values } = parseArgs({
    args: [...options],
    options: { check: { type: "boolean" }, "runtime-role": { type: "string" } },
  });
  return runMigrate(loaded.config, { check: values.check === true, runtimeRole: values["runtime-role"] });
}

async function auditWith(options: readonly string[]): Promise<number> {
  const { loadAuditConfig } = await import("./config/commands/audit-config.js");
  const { runAudit } = await import("./commands/audit.js");
  const loaded = loadAuditConfig(process.env, readSettingFile);
  return loaded.ok ? runAudit(loaded.config, options) : refuse("configuration", loaded.problems);
}

async function importOrExport(command: ImportExportCommand, args: readonly string[]): Promise<number> {
  const { loadImportExportConfig } = await import("./config/commands/import-export-config.js");
  const { processContext, runImportExport } = await import("./commands/import-export.js");
  const loaded = loadImportExportConfig(process.env, readSettingFile);
  if (!loaded.ok) return refuse("configuration", loaded.problems);
  return runImportExport(command, args, processContext(loaded.config));
}

async function keysWith(args: readonly string[]): Promise<number> {
  const { loadKeysConfig } = await import("./config/commands/keys-config.js");
  const { runKeys } = await import("./commands/keys.js");
  const loaded = loadKeysConfig(process.env, readSettingFile);
  if (!loaded.ok) return refuse("configuration", loaded.problems);
  return runKeys(args, {
    config: loaded.config,
    now: () => new Date(),
    print: (line) => void process.stdout.write(`${line}\n`),
    note: (line) => void process.stderr.write(`${line}\n`),
  });
}

async function run(command: string, options: readonly string[], config: ServiceConfig): Promise<number> {
  switch (command) {
    case "serve":
      return serveSafely(config);
    case "config":
      return (await import("./commands/config.js")).runConfig(config, options, process.env);
    case "doctor":
      return (await import("./commands/doctor.js")).runDoctor(
        config,
        (line) => void process.stdout.write(`${line}\n`),
      );
    case "healthcheck":
      return (await import("./commands/healthcheck.js")).runHealthcheck(config);
    default:
      process.stderr.write(`countersign: there is no command ${JSON.stringify(command)}\n\n${USAGE}`);
      return 2;
  }
}

async function serveSafely(config: ServiceConfig): Promise<number> {
  const fatal = fatalWarnings(config);
  if (fatal.length > 0) return refuse("configuration", fatal);
  return (await import("./commands/serve.js")).runServe(config);
}

function refuse(what: string, problems: readonly string[]): number {
  process.stderr.write(`countersign: the ${what} has ${problems.length} problem(s)\n`);
  for (const problem of problems) process.stderr.write(`  ${problem}\n`);
  return 2;
}

/** A command that cannot do its work says why in one line; the stack is for those who ask for it. */
async function mainOrExplain(args: readonly string[]): Promise<number> {
  try {
    return await main(args);
  } catch (error) {
    const explained = error instanceof Error ? error.message : String(error);
    process.stderr.write(`countersign: ${explained}\n`);
    if (process.env.LOG_LEVEL === "debug") console.error(error);
    return 1;
  }
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  process.exitCode = await mainOrExplain(process.argv.slice(2));
}
