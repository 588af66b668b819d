/** Aborts at the first SIGINT or SIGTERM, which then do not end the process by themselves; later ones do. */
export function interruption(): Disposable & { readonly signal: AbortSignal } {
  const controller = new AbortController();
  const signals = ["SIGINT", "SIGTERM"] as const;
  const end = () => {
    stop();
    controller.abort();
  };
  const stop = () => {
    for (const signal of signals) process.off(signal, end);
  };
  for (const signal of signals) process.on(signal, end);
  return { signal: controller.signal, [Symbol.dispose]: stop };
}
