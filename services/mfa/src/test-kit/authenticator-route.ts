import type { AdminRoute } from "@countersign/rpc-server";
import { z } from "zod";
import { parseOtpauthUri } from "../domain/factor/otpauth-uri.js";
import { totpCode, totpStep } from "../domain/factor/totp.js";
import { badRequest, jsonPage, parseBody } from "./json-body.js";
import type { MovableClock } from "./movable-clock.js";

const ASKED = z.strictObject({ uri: z.string() });
const WANTED = `{"uri": "otpauth://totp/..."}: the key URI that SetupMfa answered`;

/** POST returns the code of an authenticator app for the given key URI, at the service's time. It does not know any user's secret. */
export function authenticatorRoute({ nowMs }: MovableClock): AdminRoute {
  return {
    path: "/test-kit/authenticator",
    local: true,
    page: () => jsonPage({ post: WANTED }),
    change(body) {
      const key = parseOtpauthUri(parseBody(ASKED, body)?.uri ?? "");
      if (!key.ok) return badRequest(WANTED);
      const step = totpStep(new Date(nowMs()), key.value.parameters);
      return { status: 200, ...jsonPage({ code: totpCode(key.value, step) }) };
    },
  };
}
