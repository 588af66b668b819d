import type { MessageTemplate } from "./template.js";

/** The SMS is worded without á, í, ó and ú, which the SMS alphabet lacks. */
export const es: MessageTemplate = {
  locale: "es",
  direction: "ltr",
  sms: ({ application, minutes, code }) => {
    const what = application === undefined ? "Tu clave" : `Tu clave de ${application}`;
    const first = code === undefined ? `${what} va abajo` : `${what} es ${code}`;
    return `${first}. Caduca en ${inMinutes(minutes)}. No la compartas. Si no la pediste, ignora este mensaje.`;
  },
  email: {
    subject: ({ application }) =>
      application === undefined ? "Tu código de verificación" : `Tu código de verificación de ${application}`,
    introduction: ({ application }) =>
      application === undefined
        ? "Tu código de verificación es:"
        : `Tu código de verificación de ${application} es:`,
    expiry: ({ minutes }) => `Caduca en ${inMinutes(minutes)} y solo sirve una vez.`,
    warning: () => "Si no pediste este código, ignora este mensaje. No compartas el código con nadie.",
  },
};

function inMinutes(minutes: number): string {
  return minutes === 1 ? "1 minuto" : `${minutes} minutos`;
}
