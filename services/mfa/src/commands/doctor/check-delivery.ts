import { once } from "node:events";
import { connect } from "node:net";
import { connect as connectTls } from "node:tls";
import type { ServiceConfig } from "../../config/service-config.js";
import { unservedChannels } from "../../config/unserved-channels.js";
import type { EmailProviderConfig, SmsProviderConfig } from "../../delivery/delivery-config.js";
import { verifySmtp } from "../../delivery/provider/smtp.js";
import type { SentMethod } from "../../domain/factor/method.js";
import { explain } from "../findings/explain.js";
import { type Finding, findingsOf } from "../findings/finding.js";

const TIME_LIMIT_MS = 5_000;

/** Reaches every provider of a channel, and logs in to mail relays. No message is sent, so it costs nothing and disturbs no one. */
export async function* checkDelivery(
  config: Pick<ServiceConfig, "delivery" | "security">,
  channel: SentMethod,
): AsyncIterable<Finding> {
  const { ok } = findingsOf(channel);
  const providers = config.delivery[channel];
  if (providers === "outbox") yield ok("codes are kept in the development outbox");
  else if (providers !== undefined) yield* checkProviders(channel, Object.values(providers));
  else if (unservedChannels(config).includes(channel)) yield unserved(channel, "failed");
  else yield ok("not allowed by the policy, and no provider is configured");
}

/** A server starts all the same. */
export function warnOfUnserved(config: Pick<ServiceConfig, "delivery" | "security">): readonly Finding[] {
  return unservedChannels(config).map((channel) => unserved(channel, "warning"));
}

function unserved(channel: SentMethod, level: "failed" | "warning"): Finding {
  return findingsOf(channel)[level](
    "the policy allows it, and no provider is configured",
    `configure a provider (docs/delivery.md), or take ${channel} out of mfa.allowed_methods`,
  );
}

type Provider = SmsProviderConfig | EmailProviderConfig;

async function* checkProviders(
  channel: string,
  providers: readonly (Provider | undefined)[],
): AsyncIterable<Finding> {
  const { ok, failed } = findingsOf(channel);
  for (const provider of providers) {
    if (provider === undefined) continue;
    try {
      yield ok(`${provider.name} ${await reach(provider)}`);
    } catch (error) {
      for (const reason of explain(error)) yield failed(`${provider.name} cannot be used: ${reason}`);
    }
  }
}

async function reach(provider: Provider): Promise<string> {
  switch (provider.kind) {
    case "smtp":
      await verifySmtp(provider);
      return provider.auth === undefined ? "takes mail, without a login" : "took the login";
    case "twilio":
      await connectTo(provider.baseUrl);
      return "is reached; its credentials show with the first message";
    case "webhook":
      await connectTo(provider.url);
      return "is reached; its secret shows with the first message";
  }
}

/** A handshake only: an HTTP request could be treated as a message. */
async function connectTo({ protocol, hostname, port }: URL): Promise<void> {
  const host = hostname.replace(/^\[|\]$/g, "");
  const secure = protocol === "https:";
  const socket = secure
    ? connectTls({ host, port: Number(port || 443), servername: hostname })
    : connect({ host, port: Number(port || 80) });
  try {
    await once(socket, secure ? "secureConnect" : "connect", { signal: AbortSignal.timeout(TIME_LIMIT_MS) });
  } finally {
    socket.destroy();
  }
}
