import type { MessageTemplate } from "./template.js";

export interface EmailParts {
  readonly introduction: string;
  readonly code: string;
  readonly expiry: string;
  readonly warning: string;
}

/** No image, link or style sheet: nothing to fetch, nothing to track, nothing to click in a message that phishers copy. */
export function emailHtml(template: MessageTemplate, parts: EmailParts): string {
  return page(
    template,
    `<p>${escapeHtml(parts.introduction)}</p>
<p dir="ltr" style="font-family:monospace;font-size:32px;letter-spacing:6px">
<strong>${escapeHtml(parts.code)}</strong></p>
<p>${escapeHtml(parts.expiry)}</p>
<p style="color:#5a5a5a">${escapeHtml(parts.warning)}</p>`,
  );
}

export function noticeHtml(
  template: MessageTemplate,
  { event, advice }: { readonly event: string; readonly advice: string },
): string {
  return page(template, `<p>${escapeHtml(event)}</p>\n<p>${escapeHtml(advice)}</p>`);
}

function page({ locale, direction }: MessageTemplate, body: string): string {
  return `<!doctype html>
<html lang="${locale}" dir="${direction}">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"></head>
<body style="margin:0;padding:24px;font-family:sans-serif;font-size:16px;line-height:1.5;color:#1a1a1a;background:#ffffff">
${body}
</body>
</html>
`;
}

const ENTITIES = new Map([
  ["&", "&amp;"],
  ["<", "&lt;"],
  [">", "&gt;"],
  ['"', "&quot;"],
  ["'", "&#39;"],
]);

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES.get(character) ?? "");
}
