/** As much of a browser as a login needs: it keeps the cookie that it was given last. */
export class Browser {
  cookie = "";

  constructor(private readonly url: string) {}

  get(path: string): Promise<{ readonly status: number; readonly body: unknown }> {
    return this.#fetch(path, {});
  }

  post(path: string, body: object): Promise<{ readonly status: number; readonly body: unknown }> {
    const headers = { "content-type": "application/json" };
    return this.#fetch(path, { method: "POST", body: JSON.stringify(body), headers });
  }

  async #fetch(path: string, init: { method?: string; body?: string; headers?: Record<string, string> }) {
    const response = await fetch(`${this.url}${path}`, {
      ...init,
      headers: { ...init.headers, cookie: this.cookie },
    });
    const [cookie] = response.headers.getSetCookie();
    if (cookie !== undefined) this.cookie = cookie.split(";")[0] ?? "";
    return { status: response.status, body: await response.json() };
  }
}
