import { choice, integer, optionalText, parsedForm, type SettingsReader } from "@countersign/settings";
import type { SmtpConfig } from "../../delivery/provider/smtp.js";
import { type Parsed, parsed, problem } from "../../domain/parsed.js";
import { isLoopback, mailbox, matching, toUrl } from "./provider-forms.js";

type SmtpAddress = Pick<SmtpConfig, "host" | "port" | "auth"> & { readonly implicitTls: boolean };

/** smtp[s]://user:password@host:port with user and password percent-encoded. Anything else is refused, because it would be ignored. */
const smtpUrl = parsedForm<SmtpAddress>({
  accepts: "smtp://user:password@host:port, or smtps",
  parse: parseSmtpUrl,
});

export const SMTP_SETTINGS = {
  SMTP_URL: optionalText(smtpUrl, {
    secret: true,
    doc: "The relay: `smtp` with STARTTLS (port 587), or `smtps` for TLS from the first byte (465). Percent-encode user and password.",
  }),
  SMTP_FROM: optionalText(mailbox, {
    doc: "The sender: `no-reply@example.com` or `Example <no-reply@example.com>`.",
  }),
  SMTP_TLS: choice(["required", "off"], {
    default: "required",
    doc: "`off` sends in cleartext: only in development, or to a relay on loopback.",
  }),
  SMTP_CA: optionalText(matching(/^\s*-----BEGIN CERTIFICATE-----/, "certificates in PEM"), {
    absent: "Node's authorities",
    doc: "Authorities to trust instead.",
  }),
  SMTP_MAX_CONNECTIONS: integer({
    default: 5,
    min: 1,
    max: 100,
    doc: "Connections that are kept to the relay, per replica.",
  }),
} as const;

/** `prefix` is "" for the primary provider and FALLBACK_ for a second one of the same kind, which may have the first one's sender. */
export function readSmtpConfig(
  reader: SettingsReader,
  prefix: string,
  development: boolean,
): SmtpConfig | undefined {
  const { SMTP_FROM, ...relay } = SMTP_SETTINGS;
  const given = reader.read(relay, { prefix, required: ["SMTP_URL"] });
  const from = reader.read(
    { SMTP_FROM },
    { prefix: reader.isSet(`${prefix}SMTP_FROM`) ? prefix : "", required: ["SMTP_FROM"] },
  ).SMTP_FROM;
  if (given.SMTP_URL === undefined || from === undefined) return undefined;

  const { implicitTls, ...address } = given.SMTP_URL;
  const off = given.SMTP_TLS === "off";
  if (off && !development && !isLoopback(address.host)) {
    reader.report(`${prefix}SMTP_TLS`, "may be off only in development or for a relay on loopback");
    return undefined;
  }
  return {
    name: `${prefix}SMTP`.toLowerCase(),
    ...address,
    tls: implicitTls ? "implicit" : off ? "none" : "starttls",
    from,
    certificateAuthority: given.SMTP_CA,
    maxConnections: given.SMTP_MAX_CONNECTIONS,
  };
}

function parseSmtpUrl(text: string): Parsed<SmtpAddress> {
  const url = toUrl(text);
  if (url === undefined || !["smtp:", "smtps:"].includes(url.protocol) || url.hostname === "") {
    return problem("must be smtp://user:password@host:port, or smtps");
  }
  if (!["", "/"].includes(url.pathname) || url.search !== "" || url.hash !== "") {
    return problem("must hold no path, query or fragment");
  }
  if ((url.username === "") !== (url.password === "")) {
    return problem("must hold both user and password, or neither");
  }
  const auth = credentialsIn(url);
  if (auth === "malformed") return problem("must hold user and password percent-encoded");
  const implicitTls = url.protocol === "smtps:";
  const port = url.port === "" ? (implicitTls ? 465 : 587) : Number(url.port);
  return parsed({ host: url.hostname.replace(/^\[|\]$/g, ""), port, auth, implicitTls });
}

function credentialsIn(url: URL): SmtpConfig["auth"] | "malformed" {
  if (url.username === "") return undefined;
  try {
    return { user: decodeURIComponent(url.username), password: decodeURIComponent(url.password) };
  } catch {
    return "malformed";
  }
}
