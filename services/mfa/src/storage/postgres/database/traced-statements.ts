import type { Attributes, Tracer } from "@countersign/telemetry-ports";
import type postgres from "postgres";
import type { PostgresServer } from "./postgres-address.js";

/** What a statement does to one of our tables. The rest of its text is not used: it could contain a value. */
const STEP = /\b(insert into|update|delete from|from|join)\s+"?(mfa_[a-z_]+)/gi;

const VERBS: Readonly<Record<string, string>> = {
  "insert into": "INSERT",
  update: "UPDATE",
  "delete from": "DELETE",
  from: "SELECT",
  join: "SELECT",
};

/** More than the existing statements; texts that differ each time must not fill the memory. */
const MAX_KNOWN = 500;
const known = new Map<string, string>();

/** Traces each statement of calls, also in transactions, by its summary, never its values. */
export function traceStatements(
  pool: postgres.Sql,
  tracer: Tracer,
  { host, port, database }: PostgresServer,
): void {
  const server = {
    "server.address": host,
    "server.port": port,
    ...(database === undefined ? {} : { "db.namespace": database }),
  };
  traceUnsafe(pool, tracer, server);
  const begin = pool.begin.bind(pool) as (...args: unknown[]) => Promise<never>;
  pool.begin = (...args: unknown[]) => {
    const work = args.pop() as (transaction: postgres.TransactionSql) => unknown;
    return begin(...args, (transaction: postgres.TransactionSql) => {
      traceUnsafe(transaction, tracer, server);
      return work(transaction);
    });
  };
}

/** Drizzle sends everything by `unsafe`. */
function traceUnsafe(sql: Pick<postgres.TransactionSql, "unsafe">, tracer: Tracer, server: Attributes): void {
  const unsafe = sql.unsafe.bind(sql);
  function shown<Query extends PromiseLike<unknown>>(text: string, query: Query): Query {
    if (tracer.current()?.sampled === true) showStatement(tracer, { text, query, server });
    return query;
  }
  sql.unsafe = (text, parameters, options) => shown(text, unsafe(text, parameters, options));
}

function showStatement(
  tracer: Tracer,
  {
    text,
    query,
    server,
  }: { readonly text: string; readonly query: PromiseLike<unknown>; readonly server: Attributes },
): void {
  const summary = querySummary(text);
  const span = tracer.ask(summary, {
    "db.system.name": "postgresql",
    "db.query.summary": summary,
    ...server,
  });
  query.then(
    () => span?.end(),
    (error: unknown) => {
      const code = codeOf(error);
      if (code !== undefined) span?.set({ "db.response.status_code": code });
      span?.end(code ?? "_OTHER");
    },
  );
}

/** SQLSTATE, or the driver's own code for a failed connection. */
function codeOf(error: unknown): string | undefined {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return typeof code === "string" && /^[A-Z0-9_]{3,40}$/.test(code) ? code : undefined;
}

/** Names a statement by its steps, for example `UPDATE mfa_factors INSERT mfa_audit_events`. */
function querySummary(text: string): string {
  const found = known.get(text);
  if (found !== undefined) return found;
  const steps = [...text.matchAll(STEP)].map(
    ([, verb = "", table = ""]) => `${VERBS[verb.toLowerCase()] ?? ""} ${table}`,
  );
  const summary = [...new Set(steps)].join(" ") || (/^\s*([a-z]+)/i.exec(text)?.[1] ?? "").toUpperCase();
  if (known.size < MAX_KNOWN) known.set(text, summary);
  return summary;
}
