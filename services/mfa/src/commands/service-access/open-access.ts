import { readFile } from "node:fs/promises";
import { createClient } from "@connectrpc/connect";
import {
  type ClientOptions,
  createMfaAdminClient,
  createMfaClient,
  type MfaAdminClient,
  type MfaClient,
} from "@countersign/client";
import { MfaAdminService } from "@countersign/protocol/countersign/mfa/v1/mfa_admin_service_pb.js";
import { MfaService } from "@countersign/protocol/countersign/mfa/v1/mfa_service_pb.js";
import { openLocalServices } from "../../compose/local-services.js";
import { createLogger } from "../../telemetry/log/logger.js";
import { UsageError } from "../command-line/explain-failure.js";
import type { ProgramContext } from "../command-line/program-context.js";
import type { AccessFlags } from "./access-flags.js";

/** The service, over the network or within this process, with the same requests, answers and errors. */
export interface ServiceAccess extends AsyncDisposable {
  readonly mfa: MfaClient;
  readonly admin: MfaAdminClient;
  /** The service's country database, if its configuration is available. */
  readonly geoipDatabase: string | undefined;
}

/** `caller` is the caller in the audit log if none is authenticated. Throws UsageError for contradictory flags. */
export async function openAccess(
  context: ProgramContext,
  flags: AccessFlags,
  caller: string,
): Promise<ServiceAccess> {
  requireTogether(flags);
  return flags.url === undefined ? openStores(context, caller) : openClients(flags.url, flags);
}

async function openStores(context: ProgramContext, caller: string): Promise<ServiceAccess> {
  const config = await context.configs.service();
  if (config.stores === undefined) {
    throw new UsageError(
      "--url is needed: DATABASE_URL and REDIS_URL are not set, and the embedded stores belong to the process that serves",
    );
  }
  const log = createLogger("error", { write: (line: string) => context.note(line.trimEnd()) });
  const services = await openLocalServices(config, { caller, log, now: context.now });
  return {
    mfa: createClient(MfaService, services.transport),
    admin: createClient(MfaAdminService, services.transport),
    geoipDatabase: config.geoipDatabase,
    [Symbol.asyncDispose]: () => services[Symbol.asyncDispose](),
  };
}

async function openClients(baseUrl: string, flags: AccessFlags): Promise<ServiceAccess> {
  const { tokenFile } = flags;
  // Also read before the first call, so that a wrong path is not reported as a service that does not answer.
  const credential = tokenFile === undefined ? undefined : () => readGiven("--token-file", tokenFile);
  await credential?.();
  const tls = Object.fromEntries(
    await Promise.all(
      (["ca", "cert", "key"] as const).flatMap((name) => {
        const file = flags[name];
        return file === undefined ? [] : [readGiven(`--${name}`, file).then((text) => [name, text] as const)];
      }),
    ),
  );
  const options: ClientOptions = { baseUrl, tls, ...(credential === undefined ? {} : { credential }) };
  return {
    mfa: createMfaClient(options),
    admin: createMfaAdminClient(options),
    geoipDatabase: undefined,
    // Connections without a call under way do not keep the process alive.
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

async function readGiven(flag: string, file: string): Promise<string> {
  const text = await readFile(file, "utf8").catch((error: unknown) => {
    throw new Error(`${flag} names a file that cannot be read`, { cause: error });
  });
  return text.trim();
}

function requireTogether({ url, tokenFile, cert, key, ca }: AccessFlags): void {
  const given = Object.entries({ "--token-file": tokenFile, "--cert": cert, "--key": key, "--ca": ca });
  const [lonely] = given.find(([, value]) => value !== undefined) ?? [];
  if (url === undefined) {
    if (lonely !== undefined) throw new UsageError(`${lonely} needs --url`);
    return;
  }
  const { protocol } = parsedUrl(url);
  if ((cert === undefined) !== (key === undefined)) throw new UsageError("--cert and --key need each other");
  if (protocol === "http:" && (cert ?? ca) !== undefined)
    throw new UsageError("--cert, --key and --ca need an https:// address as --url");
}

function parsedUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url !== undefined && ["https:", "http:"].includes(url.protocol)) return url;
  throw new UsageError("--url must begin with https:// or http://");
}
