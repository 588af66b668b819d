import { FEW_BACKUP_CODES } from "../notice.js";
import type { MessageTemplate, NoticeFacts } from "./template.js";

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
  notice: {
    sms: (facts) => `${smsEventOf(facts)} Si no lo hiciste, avisa a soporte.`,
    subject: ({ application }) =>
      application === undefined ? "Aviso de seguridad" : `Aviso de seguridad de tu cuenta de ${application}`,
    event: eventOf,
    advice: "Si no fuiste tú, avisa a soporte de inmediato.",
  },
};

function eventOf({ application, notice }: NoticeFacts): string {
  const account = accountOf(application);
  switch (notice.kind) {
    case "enabled":
      return `Se activó la verificación en dos pasos de ${account}.`;
    case "disabled":
      return `Se desactivó la verificación en dos pasos de ${account}.`;
    case "backup_code_used":
      return `Se usó un código de respaldo para entrar en ${account}. ${left(notice.remaining, CODES)}.`;
    case "backup_codes_replaced":
      return `Se crearon códigos de respaldo nuevos para ${account}. Los anteriores ya no sirven.`;
    case "locked":
      return `Se introdujeron demasiados códigos erróneos en ${account}. Está bloqueada por ahora.`;
    case "guessing":
      return `Se introdujeron muchos códigos erróneos en ${account}. Quizá alguien conoce tu contraseña: cámbiala.`;
    case "reset":
      return `Un administrador desactivó la verificación en dos pasos de ${account}.`;
  }
}

/** Also without á, í, ó and ú. */
function smsEventOf({ application, notice }: NoticeFacts): string {
  const account = accountOf(application);
  switch (notice.kind) {
    case "enabled":
      return `Desde ahora se pide una clave para entrar en ${account}.`;
    case "disabled":
      return `Ya no se pide una clave para entrar en ${account}.`;
    case "backup_code_used":
      return `Alguien ha entrado en ${account} con una clave de respaldo. ${left(notice.remaining, KEYS)}.`;
    case "backup_codes_replaced":
      return `Hay claves de respaldo nuevas para ${account}. Las anteriores ya no sirven.`;
    case "locked":
      return `Demasiadas claves erradas para ${account}. Queda bloqueada por ahora.`;
    case "guessing":
      return `Muchas claves erradas para ${account}. Quien las prueba puede saber tu contraseña: ponle otra.`;
    case "reset":
      return `Un administrador ha quitado la clave para entrar en ${account}.`;
  }
}

function accountOf(application: string | undefined): string {
  return application === undefined ? "tu cuenta" : `tu cuenta de ${application}`;
}

/** What "codes" and "keys" ask for: they are of different gender. */
const CODES = { none: "ninguno", others: "otros" };
const KEYS = { none: "ninguna", others: "otras" };

function left(remaining: number, { none, others }: typeof CODES): string {
  const stock = [`No queda ${none}`, "Queda 1"][remaining] ?? `Quedan ${remaining}`;
  return remaining <= FEW_BACKUP_CODES ? `${stock}: crea ${others}` : stock;
}

function inMinutes(minutes: number): string {
  return minutes === 1 ? "1 minuto" : `${minutes} minutos`;
}
