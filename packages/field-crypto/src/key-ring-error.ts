/** Invalid keys. `problems` lists every reason found; it names keys and files, never their bytes. */
export class KeyRingError extends Error {
  override readonly name = "KeyRingError";

  constructor(readonly problems: readonly string[]) {
    super(problems.length === 1 ? problems[0] : `${problems.length} problems:\n- ${problems.join("\n- ")}`);
  }
}
