import type { MessageInitShape } from "@bufbuild/protobuf";
import { TotpAlgorithm } from "@countersign/protocol/countersign/mfa/v1/totp_pb.js";
import {
  SecurityLevel,
  type SecurityPolicySchema,
  SecurityWarningCode,
  type SecurityWarningSchema,
} from "@countersign/protocol/countersign/policy/v1/security_policy_pb.js";
import type { OAuthProvider, SecurityConfig, SecurityWarning } from "@countersign/security-config";
import { encodeMethod } from "./method-enum.js";

/** Lists what is served: a secret that is added to the configuration is not served until it is listed here. */
export function encodePolicy(config: SecurityConfig): MessageInitShape<typeof SecurityPolicySchema> {
  const { level, password, session, rateLimit, encryption, audit, headers, ip } = config;
  return {
    ...(level === undefined ? {} : { securityLevel: SecurityLevel[level] }),
    environment: encodeEnvironment(config.environment),
    password,
    session,
    mfa: encodeMfa(config.mfa),
    rateLimit,
    encryption,
    audit,
    headers: { ...headers, corsOrigins: [...headers.corsOrigins] },
    ip: {
      ...ip,
      ipWhitelist: [...ip.ipWhitelist],
      ipBlacklist: [...ip.ipBlacklist],
      blockedCountries: [...ip.blockedCountries],
    },
    oauthProviders: Object.entries({ ...config.oauthProviders }).flatMap(([name, provider]) =>
      provider === undefined ? [] : [encodeProvider(name, provider)],
    ),
  };
}

function encodeEnvironment(settings: SecurityConfig["environment"]) {
  const { environment, debug, jwtAlgorithm, accessTokenExpireMinutes, refreshTokenExpireDays } = settings;
  return { environment, debug, jwtAlgorithm, accessTokenExpireMinutes, refreshTokenExpireDays };
}

function encodeMfa({ smsOriginDomain, ...mfa }: SecurityConfig["mfa"]) {
  return {
    ...mfa,
    allowedMethods: mfa.allowedMethods.map(encodeMethod),
    disabledMethods: mfa.disabledMethods.map(encodeMethod),
    totpAlgorithm: TotpAlgorithm[mfa.totpAlgorithm],
    allowedPhoneCountries: [...mfa.allowedPhoneCountries],
    ...(smsOriginDomain === undefined ? {} : { smsOriginDomain }),
  };
}

function encodeProvider(name: string, provider: OAuthProvider) {
  const { clientId, authorizeUrl, tokenUrl, userinfoUrl, scope } = provider;
  return { name, clientId, authorizeUrl, tokenUrl, userinfoUrl, scope };
}

export function encodeWarning(warning: SecurityWarning): MessageInitShape<typeof SecurityWarningSchema> {
  return { ...warning, code: SecurityWarningCode[warning.code] };
}
