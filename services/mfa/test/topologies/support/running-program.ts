import { createClient } from "@connectrpc/connect";
import { createGrpcTransport } from "@connectrpc/connect-node";
import { MfaService } from "@countersign/protocol/countersign/mfa/v1/mfa_service_pb.js";
import { outboxUrl, servedUrl, startCommand } from "../../support/command.js";
import type { MfaClient } from "../../support/service.js";
import { until } from "../../support/until.js";

type Environment = Readonly<Record<string, string>>;

export interface RunningProgram extends AsyncDisposable {
  readonly client: MfaClient;
  /** The newest code that it sent to this address. */
  codeFor(email: string): Promise<string>;
}

/** Runs a command to its end. */
export async function runProgram(
  main: string,
  args: readonly string[],
  env: Environment,
): Promise<{ readonly exitCode: number | null; readonly printed: string }> {
  const command = startCommand(args, env, { main });
  const exitCode = await command.ended();
  return { exitCode, printed: command.stdout() + command.stderr() };
}

/** Serves as a process of its own until disposed of. */
export async function serve(main: string, env: Environment): Promise<RunningProgram> {
  const command = startCommand(
    ["serve"],
    { ...env, PORT: "0", ADMIN_PORT: "0", LOG_LEVEL: "warn" },
    { main },
  );
  await until(() => {
    if (command.child.exitCode !== null) throw new Error(command.stdout() + command.stderr());
    return servedUrl(command.stdout()) !== undefined;
  });
  return {
    client: createClient(MfaService, createGrpcTransport({ baseUrl: servedUrl(command.stdout())! })),
    async codeFor(email) {
      const outbox = outboxUrl(command.stdout())!;
      const { messages } = (await (await fetch(outbox)).json()) as {
        messages: { to: string; text: string }[];
      };
      const text = messages.find(({ to }) => to === email)?.text ?? "";
      return /(?<![0-9])[0-9]{6}(?![0-9])/.exec(text)![0];
    },
    async [Symbol.asyncDispose]() {
      command.child.kill("SIGTERM");
      await command.ended();
    },
  };
}
