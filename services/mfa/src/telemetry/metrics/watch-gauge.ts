import { Gauge, type Registry } from "prom-client";

export interface WatchedValue<Label extends string> {
  readonly name: string;
  readonly help: string;
  /** The label that is set, for gauges with several series. */
  readonly labels?: Readonly<Record<Label, string>>;
  /** Called at each scrape. Undefined: no value. Must not throw. */
  readonly read: () => number | undefined | Promise<number | undefined>;
}

/** A gauge that is read at each scrape, so that no code has to update it. */
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
