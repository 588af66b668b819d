import type { JsonObject } from "@bufbuild/protobuf";
import { createPipeline, listen, type TlsMaterial } from "@countersign/rpc-server";
import {
  conformanceCaller,
  createConformanceService,
  describePrescribed,
  NO_ERRORS,
} from "./conformance-service.js";
import { SuiteMessages } from "./wire.js";

/**
 * The transport under the Connect conformance suite: the suite starts one such process for each combination of protocol, HTTP version and TLS, writes
 * its request to standard input, reads the address from standard output, and ends it by a signal.
 */
const [imagePath = ""] = process.argv.slice(2);
const messages = await SuiteMessages.load(imagePath);
const wanted = await messages.read("ServerCompatRequest", process.stdin as AsyncIterable<Buffer>);
const tls = tlsOf(wanted);
const silent = { debug: ignore, info: ignore, warn: ignore, error: ignore, child: () => silent };

const { address } = await listen({
  host: "127.0.0.1",
  port: 0,
  services: [createConformanceService(messages)],
  pipeline: createPipeline({
    authenticate: conformanceCaller,
    errors: NO_ERRORS,
    describe: describePrescribed,
    log: silent,
  }),
  ...(tls === undefined ? {} : { tls }),
});
process.stdout.write(
  messages.frame("ServerCompatResponse", {
    host: "127.0.0.1",
    port: address.port,
    ...(tls === undefined ? {} : { pemCert: Buffer.from(tls.cert).toString("base64") }),
  }),
);

function tlsOf({ useTls, serverCreds, clientTlsCert }: JsonObject): TlsMaterial | undefined {
  if (useTls !== true) return undefined;
  const { cert, key } = serverCreds as { cert: string; key: string };
  const pem = (base64: string) => Buffer.from(base64, "base64").toString("utf8");
  const clients =
    typeof clientTlsCert === "string" ? { clientCa: pem(clientTlsCert), requireClientCert: true } : {};
  return { cert: pem(cert), key: pem(key), ...clients };
}

function ignore(): void {
  // The suite has no use for a log.
}
