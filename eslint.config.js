import tseslint from "typescript-eslint";

/** Pure layers get time, randomness and environment as values, so that a test can state them. */
const ambient = [
  {
    selector: "MemberExpression[object.name='Date'][property.name='now']",
    message: "take the time from deps.now",
  },
  {
    selector: "NewExpression[callee.name='Date'][arguments.length=0]",
    message: "take the time from deps.now",
  },
  {
    selector: "MemberExpression[object.name='Math'][property.name='random']",
    message: "never a source of randomness",
  },
  { selector: "Identifier[name='process']", message: "configuration comes in as a value" },
];

const OPENTELEMETRY = {
  group: ["@opentelemetry/*"],
  message: "the port is Tracer of @countersign/telemetry-ports",
};

/** What a use case's helper reads shows in its type, and in what a test of it must give. */
const narrow = {
  selector: "TSTypeReference[typeName.name='Deps']:not(TSTypeReference[typeName.name='Pick'] > * > *)",
  message: "below app/ take a Pick of Deps: the slice that is read",
};

export default tseslint.config(
  {
    ignores: [
      "**/dist/**",
      "**/node_modules/**",
      "packages/protocol/src/gen/**",
      "**/*.js",
      "**/*.mjs",
      "**/*.cjs",
      "clients/typescript-*/**",
    ],
  },
  ...tseslint.configs.strictTypeChecked,
  {
    languageOptions: {
      parserOptions: { project: ["./tsconfig.lint.json"], tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      "@typescript-eslint/switch-exhaustiveness-check": "error",
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      "@typescript-eslint/no-confusing-void-expression": ["error", { ignoreArrowShorthand: true }],
      "max-lines": ["error", { max: 300, skipBlankLines: false, skipComments: false }],
      "no-restricted-syntax": [
        "error",
        {
          selector: "MemberExpression[object.name='Math'][property.name='random']",
          message: "use node:crypto",
        },
      ],
    },
  },
  {
    files: ["services/mfa/src/domain/**/*.ts", "services/mfa/src/app/**/*.ts"],
    ignores: ["**/*.test.ts"],
    rules: { "no-restricted-syntax": ["error", ...ambient] },
  },
  {
    files: ["services/mfa/src/app/*/**/*.ts"],
    rules: { "no-restricted-syntax": ["error", ...ambient, narrow] },
  },
  {
    files: ["services/mfa/src/**/*.ts"],
    ignores: ["services/mfa/src/telemetry/opentelemetry/**"],
    rules: {
      "no-restricted-imports": [
        "error",
        {
          patterns: [OPENTELEMETRY],
        },
      ],
    },
  },
  {
    files: ["app", "domain", "storage", "delivery", "crypto", "geoip"].map(
      (folder) => `services/mfa/src/${folder}/**/*.ts`,
    ),
    rules: {
      "no-restricted-imports": [
        "error",
        {
          patterns: [
            OPENTELEMETRY,
            { group: ["@countersign/rpc-server"], message: "use cases and adapters know no transport" },
          ],
        },
      ],
    },
  },
  {
    files: ["bench/**/*.ts", "clients/test/**/*.ts", "k8s/test/**/*.ts"],
    rules: {
      "no-restricted-imports": [
        "error",
        { patterns: [{ group: ["**/services/mfa/**"], message: "import what @countersign/mfa exports" }] },
      ],
    },
  },
  {
    files: ["**/*.test.ts", "**/test/**/*.ts"],
    rules: { "@typescript-eslint/no-non-null-assertion": "off" },
  },
);
