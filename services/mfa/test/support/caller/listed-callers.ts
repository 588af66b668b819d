import { type Client, createClient, type Transport } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import { MfaService } from "@countersign/protocol/countersign/mfa/v1/mfa_service_pb.js";
import type { Overrides } from "../../../src/compose/overrides.js";
import type { BearerConfig } from "../../../src/config/caller-config.js";
import type { TlsConfig } from "../../../src/config/tls-config.js";
import type { ReloadSource } from "../../../src/reload/reloads.js";
import { createScratchFolder, type ScratchFolder } from "../scratch-folder.js";
import { startTestService, type TestService } from "../service.js";

/** One entry of a callers file. */
export interface CallerEntry {
  readonly id: string;
  readonly jwt_subjects?: readonly string[];
  readonly certificate_names?: readonly string[];
  readonly permissions: readonly string[];
  readonly requests_per_minute?: number;
  readonly uniform_answers?: boolean;
}

export interface ListedService extends AsyncDisposable {
  readonly service: TestService;
  readonly folder: ScratchFolder;
  /** Each change that was applied and each that was refused, such as `callers applied`. */
  readonly reloads: readonly string[];
  rewrite(callers: readonly CallerEntry[]): Promise<void>;
}

/** Every permission of a login service, under the subject that tokens name by default. */
const LOGIN: CallerEntry = {
  id: "login",
  jwt_subjects: ["login"],
  permissions: ["verify", "enrol", "disable", "status"],
};

/** The real server with a callers file. `bearer` and `tls` may put files into its folder first. */
export async function startWithCallers(options: {
  readonly callers?: readonly CallerEntry[];
  readonly replicas?: number;
  readonly bearer?: (folder: ScratchFolder) => Promise<BearerConfig> | BearerConfig;
  readonly tls?: (folder: ScratchFolder) => Promise<TlsConfig>;
  readonly overrides?: Overrides;
}): Promise<ListedService> {
  const folder = await createScratchFolder();
  const rewrite = async (callers: readonly CallerEntry[]) => {
    await folder.put("callers.json", JSON.stringify({ callers }));
  };
  await rewrite(options.callers ?? [LOGIN]);
  const reloads: string[] = [];
  const onReload = (source: ReloadSource, outcome: string) => void reloads.push(`${source} ${outcome}`);
  const service = await startTestService({
    ...(options.replicas === undefined ? {} : { replicas: options.replicas }),
    config: {
      callers: { file: folder.at("callers.json"), bearer: await options.bearer?.(folder) },
      tls: await options.tls?.(folder),
    },
    overrides: { reloadIntervalMs: 20, onReload, ...options.overrides },
  });
  return {
    service,
    folder,
    reloads,
    rewrite,
    async [Symbol.asyncDispose]() {
      await service[Symbol.asyncDispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
}

/** What a client brings to show who it is. */
export interface ClientOptions {
  readonly headers?: Readonly<Record<string, string>>;
  readonly tls?: { readonly ca: string; readonly key?: string; readonly cert?: string };
}

export function clientOf(
  service: Pick<TestService, "url">,
  options: ClientOptions,
): Client<typeof MfaService> {
  return createClient(MfaService, transportOf(service, options));
}

export function bearing(service: Pick<TestService, "url">, token: string): Client<typeof MfaService> {
  return clientOf(service, { headers: { authorization: `Bearer ${token}` } });
}

export function transportOf(
  { url }: Pick<TestService, "url">,
  { headers = {}, tls }: ClientOptions,
): Transport {
  return createGrpcTransport({
    baseUrl: tls === undefined ? url : url.replace("http:", "https:"),
    ...(tls === undefined ? {} : { nodeOptions: tls }),
    interceptors: [
      (next) => (request) => {
        for (const [name, value] of Object.entries(headers)) request.header.set(name, value);
        return next(request);
      },
    ],
  });
}
