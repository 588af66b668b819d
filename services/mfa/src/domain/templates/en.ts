import type { MessageTemplate } from "./template.js";

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
};

function inMinutes(minutes: number): string {
  return minutes === 1 ? "1 minute" : `${minutes} minutes`;
}
