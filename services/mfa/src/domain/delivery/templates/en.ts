import { FEW_BACKUP_CODES } from "../notice.js";
import type { MessageTemplate, NoticeFacts } from "./template.js";

const ADVICE = "If this was not you, contact support at once.";

export const en: MessageTemplate = {
  locale: "en",
  direction: "ltr",
  sms: ({ application, minutes, code }) => {
    const what = application === undefined ? "verification code" : `${application} code`;
    const first = code === undefined ? `Your ${what} is below` : `${code} is your ${what}`;
    return `${first}, valid ${inMinutes(minutes)}. Never share it. If you did not ask for it, ignore this.`;
  },
  email: {
    subject: ({ application }) =>
      application === undefined ? "Your verification code" : `Your ${application} verification code`,
    introduction: ({ application }) =>
      application === undefined
        ? "Your verification code is:"
        : `Your verification code for ${application} is:`,
    expiry: ({ minutes }) => `It expires in ${inMinutes(minutes)} and works once.`,
    warning: () => "If you did not ask for this code, ignore this message. Never give the code to anyone.",
  },
  notice: {
    sms: (facts) => `${eventOf(facts)} ${ADVICE}`,
    subject: ({ application }) =>
      application === undefined ? "Security notice" : `Security notice for your ${application} account`,
    event: eventOf,
    advice: ADVICE,
  },
};

function left(remaining: number): string {
  const stock = ["None is left", "1 is left"][remaining] ?? `${remaining} are left`;
  return remaining <= FEW_BACKUP_CODES ? `${stock}: make new ones` : stock;
}

function eventOf({ application, notice }: NoticeFacts): string {
  const account = application === undefined ? "your account" : `your ${application} account`;
  switch (notice.kind) {
    case "enabled":
      return `Two-step verification was turned on for ${account}.`;
    case "disabled":
      return `Two-step verification was turned off for ${account}.`;
    case "backup_code_used":
      return `A backup code was used to sign in to ${account}. ${left(notice.remaining)}.`;
    case "backup_codes_replaced":
      return `New backup codes were made for ${account}. The old ones are void.`;
    case "locked":
      return `Too many wrong codes were entered for ${account}. It is locked for now.`;
    case "guessing":
      return `Many wrong codes were entered for ${account}. Somebody may know your password: change it.`;
    case "reset":
      return `An administrator turned off two-step verification for ${account}.`;
  }
}

function inMinutes(minutes: number): string {
  return minutes === 1 ? "1 minute" : `${minutes} minutes`;
}
