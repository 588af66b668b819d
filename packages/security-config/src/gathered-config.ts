import type { OAuthProviderSettings } from "./groups/oauth-providers.js";
import type { SettledValues } from "./judge.js";
import type { OAuthProvider, SecurityConfig } from "./security-config.js";
import { LEVEL_SETTING, SETTINGS } from "./settings.js";

/** A configuration before it is known which OAuth providers are complete. */
export interface GatheredConfig extends Omit<SecurityConfig, "oauthProviders"> {
  readonly oauthProviders: Readonly<Record<"google" | "microsoft", OAuthProviderSettings>>;
}

interface Branch {
  [key: string]: unknown;
}

/** Assigns every value to its place. */
export function gather(values: SettledValues): GatheredConfig {
  const root: Branch = {};
  for (const { keys, path } of [LEVEL_SETTING, ...SETTINGS]) {
    const branch = keys.slice(0, -1).reduce(branchAt, root);
    branch[keys.at(-1) ?? ""] = values.get(path)?.value;
  }
  // Safe because the field tables are typed by the groups of SecurityConfig, and `values` contains only what their schemas accepted.
  return root as unknown as GatheredConfig;
}

function branchAt(parent: Branch, key: string): Branch {
  const branch = (parent[key] ?? {}) as Branch;
  parent[key] = branch;
  return branch;
}

/** The final configuration: frozen, and with only the usable OAuth providers. */
export function complete(gathered: GatheredConfig): SecurityConfig {
  const { google, microsoft } = gathered.oauthProviders;
  return deepFreeze({
    ...gathered,
    oauthProviders: { google: usableProvider(google), microsoft: usableProvider(microsoft) },
  });
}

function usableProvider(settings: OAuthProviderSettings): OAuthProvider | undefined {
  const { clientId, clientSecret, authorizeUrl, tokenUrl, userinfoUrl, scope } = settings;
  if (clientId === undefined || clientSecret === undefined) return undefined;
  if (authorizeUrl === undefined || tokenUrl === undefined) return undefined;
  if (userinfoUrl === undefined || scope === undefined) return undefined;
  return { clientId, clientSecret, authorizeUrl, tokenUrl, userinfoUrl, scope };
}

function deepFreeze<T extends object>(value: T): T {
  for (const inner of Object.values(value)) {
    if (typeof inner === "object" && inner !== null) deepFreeze(inner as object);
  }
  return Object.freeze(value);
}
