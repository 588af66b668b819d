/** Runs in every test process: where the runner is killed, the tests and the servers that they own end too. */
process.once("disconnect", () => process.exit(1));
