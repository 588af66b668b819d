/** The layer rule that opens docs/architecture.md. */
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
      name: "a-folder-knows-no-file-of-its-parent",
      comment:
        "files at the root of a folder stand on top of its folders, as no-cycle-of-folders does not see a cycle of the two; domain/ and storage/ are the other way round",
      severity: "error",
      from: {
        path: "^((?:services/mfa|packages/[^/]+)/src/.+)/[^/]+/[^/]+$",
        pathNot: "^services/mfa/src/(domain/|storage/[^/]+/[^/]+$)",
      },
      to: { path: "^$1/[^/]+$" },
    },
    {
      name: "storage-root-knows-no-store",
      severity: "error",
      from: { path: "^services/mfa/src/storage/[^/]+$" },
      to: { path: "^services/mfa/src/storage/[^/]+/" },
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
      to: { path: "^services/mfa/src/(?!rpc/|app/|domain/)" },
    },
    {
      name: "callers-know-no-rpc",
      comment:
        "who may call is decided from what the transport hands over, before anything of the request is read",
      severity: "error",
      from: { path: "^services/mfa/src/callers/" },
      to: { path: "^services/mfa/src/(?!callers/|config/|reload/|domain/|telemetry/)" },
    },
    {
      name: "only-server-knows-callers",
      severity: "error",
      from: { path: "^services/mfa/src/", pathNot: "^services/mfa/src/(callers/|server|compose)" },
      to: { path: "^services/mfa/src/callers/" },
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
      name: "the-test-kit-is-loaded-where-it-is-asked-for",
      comment: "none of it may be in a process of production",
      severity: "error",
      from: { path: "^services/mfa/src/", pathNot: "(^services/mfa/src/test-kit/|\\.test\\.ts$)" },
      to: {
        path: "^services/mfa/src/test-kit/",
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
