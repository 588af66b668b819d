import { request } from "node:http";
import { expect, test } from "vitest";
import { startTestServer } from "./support/test-server.js";

/** As fetch may not set Host. */
function statusWith(port: number, headers: Readonly<Record<string, string>>): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const sent = { "content-type": "application/json", "content-length": "2", ...headers };
    const path = "/countersign.mfa.v1.MfaService/GetMfaStatus";
    request({ port, host: "127.0.0.1", method: "POST", path, headers: sent }, (response) => {
      response.resume();
      resolve(response.statusCode);
    })
      .on("error", reject)
      .end("{}");
  });
}

test("without callers configured only programs of this machine are served, and nothing that a proxy on it passes on", async () => {
  await using server = await startTestServer();
  const ask = (headers: Readonly<Record<string, string>>) => statusWith(server.port, headers);
  expect(await ask({})).toBe(200);
  expect(await ask({ host: `localhost:${server.port}` })).toBe(200);
  expect(await ask({ host: "evil.com" })).toBe(401);
  expect(await ask({ host: "10.0.0.1" })).toBe(401);
  for (const name of ["Forwarded", "Via", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-IP"])
    expect(await ask({ [name]: "127.0.0.1" }), name).toBe(401);
});
