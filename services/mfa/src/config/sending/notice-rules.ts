import { choice, integer, optionalText, parsedForm, type SettingsReader } from "@countersign/settings";
import { NOTICE_KINDS, type NoticeKind, type NoticeRules } from "../../domain/delivery/notice.js";
import { TEMPLATES } from "../../domain/delivery/templates/locale.js";
import { parsed, problem } from "../../domain/parsed.js";

const DAY = 24 * 60 * 60_000;
const KINDS = `all, none, or a list of ${NOTICE_KINDS.join(", ")}`;

const kinds = parsedForm<ReadonlySet<NoticeKind>>({
  accepts: KINDS,
  parse: (text) => {
    if (text === "all") return parsed(new Set(NOTICE_KINDS));
    if (text === "none") return parsed(new Set<NoticeKind>());
    const wanted = new Set(text.split(",").map((name) => name.trim()));
    const known = NOTICE_KINDS.filter((kind) => wanted.has(kind));
    return known.length === wanted.size ? parsed(new Set(known)) : problem(`must be ${KINDS}`);
  },
});

const daily = (limit: number, doc: string) =>
  integer({ default: limit, min: 1, max: 100_000_000, unit: "notices", doc });

export const NOTICE_SETTINGS = {
  NOTICES: optionalText(kinds, {
    absent: "all",
    doc: "Which security notices users get, as in `disabled,reset`.",
  }),
  NOTICE_LOCALE: choice(
    TEMPLATES.map(({ locale }) => locale),
    { default: "en", doc: "Language of notices. Countersign does not store which language a user speaks." },
  ),
  NOTICE_LIMIT_DAILY: daily(
    10,
    "Notices of one kind to one number or mailbox in a day, so that a flood of wrong codes does not flood the user.",
  ),
  NOTICE_LIMIT_OVERALL_DAILY: daily(
    20_000,
    "Notices in a day, by SMS and by e-mail each: the most that a day may cost.",
  ),
} as const;

/** Which security notices users get, and how often. */
export function readNoticeRules(reader: SettingsReader): NoticeRules {
  const given = reader.read(NOTICE_SETTINGS);
  return {
    kinds: given.NOTICES ?? new Set(NOTICE_KINDS),
    locale: given.NOTICE_LOCALE,
    destination: { max: given.NOTICE_LIMIT_DAILY, windowMs: DAY },
    overall: { max: given.NOTICE_LIMIT_OVERALL_DAILY, windowMs: DAY },
  };
}
