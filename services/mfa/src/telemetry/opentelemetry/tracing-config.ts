/** Where traces go, and which calls are traced. */
export interface TracingConfig {
  /** An endpoint for OTLP over HTTP. */
  readonly url: string;
  readonly encoding: "protobuf" | "json";
  /** Sent with every export; may contain the collector's credential. */
  readonly headers: Readonly<Record<string, string>>;
  /** Files in PEM: authorities of the collector's certificate, and this client's own certificate and key. */
  readonly tls: { readonly ca?: string; readonly cert?: string; readonly key?: string };
  readonly sampler: { readonly name: SamplerName; readonly ratio: number };
  /** Resource attributes of every span, including `service.name`. */
  readonly resource: Readonly<Record<string, string>>;
}

export type SamplerName =
  | "always_on"
  | "always_off"
  | "traceidratio"
  | "parentbased_always_on"
  | "parentbased_always_off"
  | "parentbased_traceidratio";
