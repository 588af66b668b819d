import { type Parsed, parsed, problem } from "../../domain/parsed.js";
import type { SmtpConfig } from "../provider/smtp.js";
import { isLoopback, mailbox, oneOf, pattern, toUrl, wholeNumber } from "./parsers.js";
import type { Settings } from "./settings.js";

type SmtpAddress = Pick<SmtpConfig, "host" | "port" | "auth"> & { readonly implicitTls: boolean };

/** `prefix` is "" for the primary provider and FALLBACK_ for a second one of the same kind. */
export function readSmtpConfig(
  settings: Settings,
  prefix: string,
  development: boolean,
): SmtpConfig | undefined {
  const address = settings.required(`${prefix}SMTP_URL`, smtpUrl);
  const ownFrom = settings.has(`${prefix}SMTP_FROM`) ? `${prefix}SMTP_FROM` : "SMTP_FROM";
  const from = settings.required(ownFrom, mailbox);
  const tlsChoice = settings.parsed(`${prefix}SMTP_TLS`, oneOf("required", "off")) ?? "required";
  const certificateAuthority = settings.parsed(
    `${prefix}SMTP_CA`,
    pattern(/^\s*-----BEGIN CERTIFICATE-----/, "certificates in PEM"),
  );
  const maxConnections = settings.parsed(`${prefix}SMTP_MAX_CONNECTIONS`, wholeNumber(1, 100)) ?? 5;
  if (address === undefined || from === undefined) return undefined;

  const { implicitTls, ...relay } = address;
  if (tlsChoice === "off" && !development && !isLoopback(relay.host)) {
    settings.complain(`${prefix}SMTP_TLS`, "may be off only in development or for a relay on loopback");
    return undefined;
  }
  const tls = implicitTls ? "implicit" : tlsChoice === "off" ? "none" : "starttls";
  return { name: `${prefix}SMTP`.toLowerCase(), ...relay, tls, from, certificateAuthority, maxConnections };
}

/** smtp[s]://user:password@host:port with user and password percent-encoded. Anything more is refused: it would be ignored. */
function smtpUrl(text: string): Parsed<SmtpAddress> {
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
