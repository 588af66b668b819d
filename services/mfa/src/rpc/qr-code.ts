import { toBuffer, toString as toText } from "qrcode";

/** Medium error correction and a quiet zone of four modules, as ISO/IEC 18004 asks of readers. */
const OPTIONS = { errorCorrectionLevel: "M", margin: 4 } as const;

export async function renderQrCode(text: string): Promise<{ readonly png: Buffer; readonly svg: string }> {
  const [png, svg] = await Promise.all([
    toBuffer(text, { ...OPTIONS, type: "png", scale: 6 }),
    toText(text, { ...OPTIONS, type: "svg" }),
  ]);
  return { png, svg };
}
