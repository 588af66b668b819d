/** The layer rule: main → server → net → rpc → app → domain; adapters implement the ports of domain; only server knows adapters. */
const ADAPTERS = "^services/mfa/src/(storage|delivery|crypto|geoip)/";
module.exports = {
  forbidden: [
    { name: "no-cycle", severity: "error", from: {}, to: { circular: true } },
    {
      name: "no-cycle-of-folders",
      comment: "so that each folder can be read on its own",
      severity: "error",
      scope: "folder",
      from: { path: "^(services/mfa|packages/[^/]+)/src(/|$)" },
      to: { circular: true },
    },
    {
      name: "use-cases-stand-on-top",
      comment: "what RPC use cases share lies in a folder below app/ and knows no use case",
      severity: "error",
      from: { path: "^services/mfa/src/app/[^/]+/" },
      to: { path: "^services/mfa/src/app/[^/]+$" },
    },
    {
      name: "domain-root-knows-no-noun",
      comment: "errors, parsing and user ids are below every noun",
      severity: "error",
      from: { path: "^services/mfa/src/domain/[^/]+$" },
      to: { path: "^services/mfa/src/domain/[^/]+/" },
    },
    {
      name: "domain-knows-nothing",
      comment: "domain is pure: it imports only itself and pure libraries",
      severity: "error",
      from: { path: "^services/mfa/src/domain/" },
      to: { path: "^services/mfa/src/(?!domain/)" },
    },
    {
      name: "domain-does-no-io",
      comment:
        "of node:net only isIP and BlockList are used, and of node:crypto createHmac for TOTP: all are pure",
      severity: "error",
      from: { path: "^services/mfa/src/(domain|app)/", pathNot: "(\\.test|domain/factor/totp)\\.ts$" },
      to: { dependencyTypes: ["core"], pathNot: "^(node:)?(buffer|net)$" },
    },
    {
      name: "app-knows-domain-only",
      severity: "error",
      from: { path: "^services/mfa/src/app/" },
      to: { path: "^services/mfa/src/(?!app/|domain/)" },
    },
    {
      name: "rpc-knows-app-and-domain",
      severity: "error",
      from: { path: "^services/mfa/src/rpc/" },
      to: { path: "^services/mfa/src/(?!rpc/|app/|domain/|telemetry/)" },
    },
    {
      name: "net-knows-rpc-and-domain",
      severity: "error",
      from: { path: "^services/mfa/src/net/" },
      to: { path: "^services/mfa/src/(?!net/|rpc/|domain/|telemetry/)" },
    },
    {
      name: "callers-know-the-pipeline-only",
      comment:
        "who may call is decided from what the pipeline hands over, before anything of the request is read",
      severity: "error",
      from: { path: "^services/mfa/src/callers/" },
      to: { path: "^services/mfa/src/(?!callers/|config/|reload/|domain/|telemetry/|rpc/pipeline/)" },
    },
    {
      name: "only-server-knows-callers",
      severity: "error",
      from: { path: "^services/mfa/src/", pathNot: "^services/mfa/src/(callers/|server|compose)" },
      to: { path: "^services/mfa/src/callers/" },
    },
    {
      name: "only-server-knows-net",
      severity: "error",
      from: {
        path: "^services/mfa/src/",
        pathNot: "^services/mfa/src/(net/|telemetry/|policy/|server|compose)",
      },
      to: { path: "^services/mfa/src/net/" },
    },
    {
      name: "adapters-know-domain-only",
      severity: "error",
      from: { path: ADAPTERS },
      to: { path: "^services/mfa/src/(app|rpc|server|main)" },
    },
    {
      name: "only-server-knows-adapters",
      severity: "error",
      from: {
        path: "^services/mfa/src/",
        pathNot: `${ADAPTERS}|^services/mfa/src/(server|compose|commands|config|testing/)`,
      },
      to: { path: ADAPTERS },
    },
    {
      name: "opentelemetry-is-loaded-when-it-is-wanted",
      comment: "where tracing is off, starting must not pay for it",
      severity: "error",
      from: { path: "^services/mfa/src/", pathNot: "^services/mfa/src/telemetry/opentelemetry/" },
      to: {
        path: "^services/mfa/src/telemetry/opentelemetry/",
        dependencyTypesNot: ["dynamic-import", "type-only"],
      },
    },
    {
      name: "the-service-knows-no-testing",
      comment: "testing/ is what the package exports to benchmarks and tests",
      severity: "error",
      from: { path: "^services/mfa/src/", pathNot: "^services/mfa/src/testing/" },
      to: { path: "^services/mfa/src/testing/" },
    },
    {
      name: "packages-know-no-service",
      severity: "error",
      from: { path: "^packages/" },
      to: { path: "^services/" },
    },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    exclude: { path: "(^|/)(dist|node_modules)/|packages/protocol/src/gen" },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.lint.json" },
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["import", "types"],
      extensions: [".ts", ".js"],
    },
  },
};
