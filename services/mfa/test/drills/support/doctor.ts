import { startCommand } from "../../support/command.js";

export interface Diagnosis {
  readonly exitCode: number | null;
  /** Each finding in one line with its remedy, columns by one blank: `failed postgres is read-only: …`. */
  readonly said: string;
}

/** What `countersign doctor` says in this environment. */
export async function doctor(env: Readonly<Record<string, string>>): Promise<Diagnosis> {
  const command = startCommand(["doctor"], env);
  const exitCode = await command.ended();
  return {
    exitCode,
    said: command
      .stdout()
      .replace(/\n {24}/g, ": ")
      .replace(/ +/g, " "),
  };
}
