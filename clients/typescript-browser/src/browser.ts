/**
 * The fetch that a browser gives to a page of an origin, in Node: it asks the service first whether that origin may call, and keeps
 * the answer from the page where it may not.
 */
export function fetchOf(origin: string): typeof fetch {
  return async (input, init) => {
    const request = new Request(input, init);
    const headers = [...request.headers.keys()];
    const preflight = await fetch(request.url, {
      method: "OPTIONS",
      headers: {
        origin,
        "access-control-request-method": request.method,
        "access-control-request-headers": headers.join(","),
      },
    });
    const allowed = (preflight.headers.get("access-control-allow-headers") ?? "").toLowerCase().split(/, */);
    const mayAsk = preflight.ok && headers.every((name) => allowed.includes(name));
    if (!mayAsk || !isFor(origin, preflight)) throw new TypeError("Failed to fetch");
    request.headers.set("origin", origin);
    const answer = await fetch(request);
    if (!isFor(origin, answer)) throw new TypeError("Failed to fetch");
    return answer;
  };
}

function isFor(origin: string, { headers }: Response): boolean {
  return headers.get("access-control-allow-origin") === origin;
}
