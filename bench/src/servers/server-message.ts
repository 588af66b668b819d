/** What the benchmark asks of a server process. */
export type ServerMessage =
  | { readonly kind: "start" }
  /** The time that the service shall take for now, in ms: it stands still until moved, so that codes can be made in advance. */
  | { readonly kind: "clock"; readonly ms: number }
  /** The codes that were sent since the last time this was asked, by address. */
  | { readonly kind: "sent-codes" }
  /** Requests that this server understands, where they are its own. */
  | { readonly kind: "requests" };

export interface ServerReply {
  readonly port: number;
  readonly sentCodes?: Readonly<Record<string, string>>;
  readonly requests?: readonly string[];
}
