import { optionalText, secret, text, textForm } from "@countersign/settings";
import type { FieldTable, SecurityField } from "../field.js";
import type { OAuthProvider } from "../security-config.js";
import { isOAuthScope } from "../syntax/oauth-scope.js";
import { isHttpsUrl } from "../syntax/url-form.js";

/** An incomplete provider; it counts as configured once it has both its client id and its client secret. */
export type OAuthProviderSettings = { readonly [K in keyof OAuthProvider]: OAuthProvider[K] | undefined };

interface Endpoints {
  readonly authorizeUrl: string;
  readonly tokenUrl: string;
  readonly userinfoUrl: string;
  readonly scope: string;
}

const MICROSOFT = "https://login.microsoftonline.com/common/oauth2/v2.0";

export const googleFields = providerFields("Google", {
  authorizeUrl: "https://accounts.google.com/o/oauth2/auth",
  tokenUrl: "https://oauth2.googleapis.com/token",
  userinfoUrl: "https://www.googleapis.com/oauth2/v2/userinfo",
  scope: "openid email profile",
});

export const microsoftFields = providerFields("Microsoft", {
  authorizeUrl: `${MICROSOFT}/authorize`,
  tokenUrl: `${MICROSOFT}/token`,
  userinfoUrl: "https://graph.microsoft.com/v1.0/me",
  scope: "openid email profile User.Read",
});

function providerFields(provider: string, defaults: Endpoints): FieldTable<OAuthProviderSettings> {
  const clientId = textForm({
    accepts: "printable ASCII text of 1 to 255 characters without blanks",
    maxLength: 255,
    matches: (value) => /^[\x21-\x7e]+$/.test(value),
  });
  const scope = textForm({
    accepts: "OAuth scope tokens parted by single blanks, at most 1000 characters",
    maxLength: 1000,
    matches: isOAuthScope,
  });
  return {
    clientId: optionalText(clientId, {
      doc: `The client id registered with ${provider}. Set both it and the secret to offer ${provider}, or neither.`,
      enforcedBy: "platform",
    }),
    clientSecret: secret({ doc: `The client secret registered with ${provider}.`, enforcedBy: "platform" }),
    authorizeUrl: endpoint("Where the user is sent to log in.", defaults.authorizeUrl),
    tokenUrl: endpoint("Where a code is exchanged for tokens.", defaults.tokenUrl),
    userinfoUrl: endpoint("Where the user's profile is read.", defaults.userinfoUrl),
    scope: text(scope, { default: defaults.scope, doc: "What access is asked for.", enforcedBy: "platform" }),
  };
}

function endpoint(doc: string, address: string): SecurityField<string> {
  const form = textForm({
    accepts: "an https address of at most 2000 characters, without credentials or fragment",
    maxLength: 2000,
    matches: isHttpsUrl,
  });
  return text(form, { default: address, doc, enforcedBy: "platform" });
}
