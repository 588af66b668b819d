import type { FieldTable } from "../field.js";
import { flag, integer, list } from "../field-kinds.js";
import type { HeadersPolicy } from "../security-config.js";
import { isWebOrigin } from "../syntax/url-form.js";
import { textForm } from "../value-forms.js";

const originForm = textForm({
  accepts:
    "an origin as browsers send it, such as https://app.example.com: lower case, no wildcard, path or default port",
  maxLength: 300,
  matches: isWebOrigin,
});

export const headersFields: FieldTable<HeadersPolicy> = {
  enableHsts: flag({
    default: true,
    doc: "HTTP answers carry Strict-Transport-Security. Off draws a warning in production.",
    enforcedBy: "both",
  }),
  hstsMaxAge: integer({
    default: 31_536_000,
    min: 0,
    max: 63_072_000,
    unit: "seconds",
    doc: "How long browsers remember to use https; 0 makes them forget it and counts as off.",
    enforcedBy: "both",
  }),
  enableCsp: flag({ default: true, doc: "HTTP answers carry Content-Security-Policy.", enforcedBy: "both" }),
  enableCors: flag({
    default: true,
    doc: "Whether browsers on the listed origins may call. If false, no browser of another origin may.",
    enforcedBy: "both",
  }),
  corsOrigins: list(originForm, {
    default: ["http://localhost:5173"],
    doc: "Origins that may call, compared byte for byte.",
    enforcedBy: "both",
  }),
};
