/** What tests ask of a Countersign that runs with TEST_KIT=true; docs/testing.md describes the pages. */
export interface TestKit {
  /** Moves the service's clock on, and answers its time. */
  advance(seconds: number): Promise<Date>;
  /** What an authenticator app shows now that was given this key URI. */
  appCode(uri: string): Promise<string>;
  /** The newest code that was sent to this address. */
  sentCode(to: string): Promise<string>;
}

/** `adminUrl`: the admin port, such as http://127.0.0.1:9090. */
export function createTestKit(adminUrl: string): TestKit {
  async function post(page: string, body: object): Promise<Record<string, string>> {
    const headers = { "content-type": "application/json" };
    const answer = await fetch(`${adminUrl}/test-kit/${page}`, {
      method: "POST",
      headers,
      body: JSON.stringify(body),
    });
    if (!answer.ok) throw new Error(`${page}: ${answer.status} ${await answer.text()}`);
    return (await answer.json()) as Record<string, string>;
  }
  return {
    advance: async (seconds) => new Date((await post("clock", { advanceSeconds: seconds })).now ?? ""),
    appCode: async (uri) => (await post("authenticator", { uri })).code ?? "",
    async sentCode(to) {
      const answer = await fetch(`${adminUrl}/outbox`);
      const { messages } = (await answer.json()) as { messages: { to: string; text: string }[] };
      const codes = messages
        .filter((message) => message.to === to)
        .map(({ text }) => /\b[0-9]{6}\b/.exec(text)?.[0]);
      const code = codes.find((each) => each !== undefined);
      if (code === undefined) throw new Error(`no code was sent to ${to}`);
      return code;
    },
  };
}
