import { NOTICE_KINDS, type NoticeKind, type NoticeRules } from "../domain/delivery/notice.js";
import { TEMPLATES } from "../domain/delivery/templates/locale.js";
import type { EnvironmentReader } from "./environment-reader.js";

const DAY = 24 * 60 * 60_000;

/** What users are told unasked, and how often. */
export function readNoticeRules(reader: EnvironmentReader): NoticeRules {
  const daily = (name: string, fallback: number) => ({
    max: reader.integer(name, { min: 1, max: 100_000_000, default: fallback }),
    windowMs: DAY,
  });
  const locales = TEMPLATES.map(({ locale }) => locale);
  return {
    kinds: readKinds(reader),
    locale: reader.choice("NOTICE_LOCALE", locales, "en"),
    destination: daily("NOTICE_LIMIT_DAILY", 10),
    overall: daily("NOTICE_LIMIT_OVERALL_DAILY", 20_000),
  };
}

function readKinds(reader: EnvironmentReader): ReadonlySet<NoticeKind> {
  const written = reader.text("NOTICES") ?? "all";
  if (written === "all") return new Set(NOTICE_KINDS);
  if (written === "none") return new Set();
  const wanted = written.split(",").map((name) => name.trim());
  const known = NOTICE_KINDS.filter((kind) => wanted.includes(kind));
  if (known.length !== new Set(wanted).size) {
    reader.report(`NOTICES must be all, none, or a list of ${NOTICE_KINDS.join(", ")}`);
  }
  return new Set(known);
}
