import type postgres from "postgres";
import type { Attributes, Tracer } from "../../../telemetry/tracer.js";
import type { PostgresServer } from "./postgres-address.js";
import { querySummary } from "./query-summary.js";

/** Shows each statement that calls give, in transactions too, by its summary: values are never looked at. */
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

/** SQLSTATE, or the driver's own word for a connection that failed. */
function codeOf(error: unknown): string | undefined {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return typeof code === "string" && /^[A-Z0-9_]{3,40}$/.test(code) ? code : undefined;
}
