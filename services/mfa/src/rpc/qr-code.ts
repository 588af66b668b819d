/** Medium error correction and a quiet zone of four modules, as ISO/IEC 18004 asks of readers. */
const OPTIONS = { errorCorrectionLevel: "M", margin: 4 } as const;

export async function renderQrCode(text: string): Promise<{ readonly png: Buffer; readonly svg: string }> {
  // Loaded for the first user who enrols: it is slow to load, and a restart is to be ready soon.
  const qrCode = await import("qrcode");
  const [png, svg] = await Promise.all([
    qrCode.toBuffer(text, { ...OPTIONS, type: "png", scale: 6 }),
    qrCode.toString(text, { ...OPTIONS, type: "svg" }),
  ]);
  return { png, svg };
}
