/** A map whose entries expire. Each new entry checks the oldest few, which bounds memory without a timer. */
export class ExpiringMap<Value> {
  readonly #entries = new Map<string, { readonly value: Value; readonly expires: number }>();

  constructor(private readonly now: () => number) {}

  get(key: string): Value | undefined {
    const entry = this.#entries.get(key);
    return entry !== undefined && entry.expires > this.now() ? entry.value : undefined;
  }

  set(key: string, value: Value, keepForMs: number): void {
    const at = this.now();
    this.#dropExpired(at);
    this.#entries.delete(key); // to the end: entries are in order of their last change
    this.#entries.set(key, { value, expires: at + keepForMs });
  }

  delete(key: string): void {
    this.#entries.delete(key);
  }

  #dropExpired(at: number): void {
    let looked = 0;
    for (const [key, { expires }] of this.#entries) {
      if (looked >= 2) return;
      looked += 1;
      if (expires <= at) this.#entries.delete(key);
    }
  }
}
