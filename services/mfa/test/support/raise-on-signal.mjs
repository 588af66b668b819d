// Loaded before the service by a test: SIGUSR2 raises an error that nothing handles, as a defect of the service or of a library would.
const raised = () =>
  Object.assign(new Error("Failed query: select 1\nparams: secret-parameter"), { detail: "secret-detail" });

process.on("SIGUSR2", () => {
  if (process.env.RAISE === "rejection") void Promise.reject(raised());
  else throw raised();
});
if (process.env.KEEP_RUNNING === "true") setInterval(() => undefined, 1_000);
