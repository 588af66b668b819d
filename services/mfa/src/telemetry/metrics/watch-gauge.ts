import { Gauge, type Registry } from "prom-client";

export interface WatchedValue<Label extends string> {
  readonly name: string;
  readonly help: string;
  /** The one label that is set, for gauges of several things. */
  readonly labels?: Readonly<Record<Label, string>>;
  /** Asked at each scrape. Undefined: there is nothing to show. Must not throw. */
  readonly read: () => number | undefined | Promise<number | undefined>;
}

/** A gauge that is read when it is asked for, so that no code has to keep it up to date. */
export function watchGauge<Label extends string = never>(
  registry: Registry,
  { name, help, labels, read }: WatchedValue<Label>,
): void {
  const labelNames = Object.keys(labels ?? {}) as Label[];
  const gauge: Gauge<Label> = new Gauge<Label>({
    name,
    help,
    labelNames,
    registers: [registry],
    async collect() {
      const value = await read();
      gauge.remove(...Object.values<string>(labels ?? {}));
      if (value !== undefined) gauge.set((labels ?? {}) as Record<Label, string>, value);
    },
  });
}
