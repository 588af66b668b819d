import type { Attributes } from "./tracer.js";

const PORTS: Readonly<Record<string, number>> = {
  "postgres:": 5432,
  "postgresql:": 5432,
  "redis:": 6379,
  "rediss:": 6379,
  "https:": 443,
  "http:": 80,
};

/** Host and port of a URL: the rest may hold credentials. Nothing for one that names several hosts. */
export function serverAttributes(url: string): Attributes {
  if (!URL.canParse(url)) return {};
  const { protocol, hostname, port } = new URL(url);
  const number = port === "" ? PORTS[protocol] : Number(port);
  if (hostname === "") return {};
  return { "server.address": hostname, ...(number === undefined ? {} : { "server.port": number }) };
}
