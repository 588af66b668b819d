import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { sql } from "drizzle-orm";
import { readMigrationFiles } from "drizzle-orm/migrator";
import { type Database, type Orm, queryRows } from "../database/database.js";

/** One step of the schema. */
export interface Migration {
  /** From 1 on, as they are numbered in the database. */
  readonly version: number;
  readonly hash: string;
  readonly statements: readonly string[];
  /** The oldest program version that may still run after this step. */
  readonly worksWith: number;
}

/** The schema version of a database, and what this program knows. */
export interface SchemaState {
  /** Migrations that this program has. */
  readonly known: number;
  /** Migrations that the database has seen. */
  readonly applied: number;
  /** The least version of a program that may run on the database. */
  readonly worksWith: number;
}

const WORKS_WITH = /^-- Works with programs from version ([0-9]+) on\.$/m;

/** By default a migration suits programs of the previous version. */
export function knownMigrations(): readonly Migration[] {
  const files = readMigrationFiles({ migrationsFolder: migrationsFolder() });
  return files.map(({ hash, sql: statements }, index) => {
    const declared = WORKS_WITH.exec(statements.join("\n"))?.[1];
    return { version: index + 1, hash, statements, worksWith: Number(declared ?? index) };
  });
}

/** Reads the schema version; changes nothing. */
export async function readSchemaState(database: Database): Promise<SchemaState> {
  const known = knownMigrations().length;
  const found = await database.run(async (orm) => {
    const [table] = await queryRows<{ there: boolean }>(
      orm,
      sql`select to_regclass('mfa_schema_migrations') is not null as there`,
    );
    return table?.there === true ? readApplied(orm) : { applied: 0, worksWith: 0 };
  });
  return { known, ...found };
}

/** Also reads a table that an older program made, which lacks the column for the oldest program. */
export async function readApplied(orm: Orm): Promise<Omit<SchemaState, "known">> {
  const [row] = await queryRows<Omit<SchemaState, "known">>(
    orm,
    sql`select coalesce(max(version), 0)::int as applied,
      coalesce(max((to_jsonb(m) ->> 'works_with')::int), 0)::int as "worksWith" from mfa_schema_migrations m`,
  );
  return row ?? { applied: 0, worksWith: 0 };
}

/** Why a program must not serve on a schema, and what to do. */
interface SchemaProblem {
  readonly why: string;
  readonly remedy: string;
}

/** Undefined if a program may serve on this schema. On a schema that is too new, a spent code could look unused. */
export function schemaProblem({ known, applied, worksWith }: SchemaState): SchemaProblem | undefined {
  if (known < worksWith)
    return {
      why: `the schema is at ${applied}, this program knows ${known}`,
      remedy: `it is for programs from version ${worksWith} on, go forward to one of them`,
    };
  return applied < known
    ? {
        why: `the schema is at version ${applied} and must be at ${known}`,
        remedy: "run countersign migrate",
      }
    : undefined;
}

/** The same in one line. */
export function whyUnusable(state: SchemaState): string | undefined {
  const problem = schemaProblem(state);
  return problem && `${problem.why}: ${problem.remedy}`;
}

/** The folder of SQL migrations: `migrations` in the nearest folder above this program, be it compiled code or one bundled file. */
export function migrationsFolder(program: string = import.meta.url): string {
  for (let folder = dirname(fileURLToPath(program)); ; folder = dirname(folder)) {
    const migrations = join(folder, "migrations");
    if (existsSync(join(migrations, "meta", "_journal.json"))) return migrations;
    if (dirname(folder) === folder) throw new Error("the migrations are missing from this installation");
  }
}
