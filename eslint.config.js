import { builtinModules } from "node:module";
import tseslint from "typescript-eslint";

const NO_MATH_RANDOM = {
  selector: "MemberExpression[object.name='Math'][property.name='random']",
  message: "use node:crypto",
};

/** A selector's expression holds no slash. */
const BUILTIN = builtinModules.map((name) => name.replaceAll("/", "\\u002F")).join("|");
const NODE_PROTOCOL = {
  selector: `:matches(ImportDeclaration, ImportExpression)[source.value=/^(?:${BUILTIN})$/]`,
  message: "begin it with node:",
};

/** A title is read alone, in a list of failures: it does not go on from that of its group. */
const CONTINUED =
  "value=/^(?:is|are|was|were|has|have|does|can|may|cannot|must|it|its|they|that|which|whose|but|and|nor|so|also) /";
const WHOLE_TITLE = {
  selector: `CallExpression:matches([callee.name=/^(?:it|test)$/], [callee.callee.object.name=/^(?:it|test)$/])[arguments.0.${CONTINUED}]`,
  message: "say what is tested: the title is read without that of its group",
};

/** Core rules that typescript-eslint's sets leave out. */
const CORE = {
  eqeqeq: "error",
  "array-callback-return": "error",
  "no-useless-computed-key": "error",
  "no-useless-rename": "error",
  "object-shorthand": "error",
  "prefer-exponentiation-operator": "error",
  "prefer-template": "error",
};

/** Pure layers get time, randomness and environment as values, so that a test can state them. */
const ambient = [
  {
    selector: "MemberExpression[object.name='Date'][property.name='now']",
    message: "the time comes in as a value: a parameter, or deps.now()",
  },
  {
    selector: "NewExpression[callee.name='Date'][arguments.length=0]",
    message: "the time comes in as a value: a parameter, or deps.now()",
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

const MAX_OWN_IMPORTS = 10;

/** How many files of this repository a file loads. Types are erased, so they do not count. */
const maxOwnImports = {
  create(context) {
    const loads = ({ importKind, specifiers }) =>
      importKind !== "type" &&
      (specifiers.length === 0 || specifiers.some((specifier) => specifier.importKind !== "type"));
    let count = 0;
    return {
      "ImportDeclaration[source.value=/^\\./]"(node) {
        if (!loads(node)) return;
        count += 1;
        if (count === MAX_OWN_IMPORTS + 1)
          context.report({ node, message: `loads more than ${MAX_OWN_IMPORTS} files: divide it` });
      },
    };
  },
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
      "clients/typescript-*/**",
      "clients/*/gen/**",
    ],
  },
  {
    files: ["**/*.js", "**/*.mjs", "**/*.cjs"],
    extends: [tseslint.configs.strict],
    rules: {
      ...CORE,
      // What an environment holds is known by name alone.
      "@typescript-eslint/no-dynamic-delete": "off",
      "no-restricted-syntax": ["error", NO_MATH_RANDOM, NODE_PROTOCOL],
    },
  },
  {
    files: ["**/*.ts"],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: {
      parserOptions: { project: ["./tsconfig.lint.json"], tsconfigRootDir: import.meta.dirname },
    },
    rules: {
      ...CORE,
      "@typescript-eslint/consistent-type-imports": [
        "error",
        { fixStyle: "inline-type-imports", disallowTypeAnnotations: false },
      ],
      "@typescript-eslint/switch-exhaustiveness-check": "error",
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      "@typescript-eslint/no-confusing-void-expression": ["error", { ignoreArrowShorthand: true }],
      "max-lines": ["error", { max: 300, skipBlankLines: false, skipComments: false }],
      "no-restricted-syntax": ["error", NO_MATH_RANDOM, NODE_PROTOCOL],
    },
  },
  {
    files: ["services/mfa/src/domain/**/*.ts", "services/mfa/src/app/**/*.ts"],
    ignores: ["**/*.test.ts"],
    rules: { "no-restricted-syntax": ["error", NODE_PROTOCOL, ...ambient] },
  },
  {
    files: ["services/mfa/src/app/*/**/*.ts"],
    rules: { "no-restricted-syntax": ["error", NODE_PROTOCOL, ...ambient, narrow] },
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
  {
    files: ["**/*.test.ts", "**/test/**/*.ts"],
    ignores: ["services/mfa/test/support/until.ts"],
    rules: {
      "no-restricted-syntax": [
        "error",
        NO_MATH_RANDOM,
        NODE_PROTOCOL,
        WHOLE_TITLE,
        {
          selector: "MemberExpression[object.name='vi'][property.name=/^wait/]",
          message:
            "gives up after a second: use expect.poll, or until and untilDone of test/support/until.ts",
        },
      ],
    },
  },
  {
    files: ["**/src/**/*.ts"],
    ignores: [
      "**/*.test.ts",
      // They hold a list of what there is, one import a line of it.
      "services/mfa/src/commands/doctor.ts",
      "services/mfa/src/compose/*.ts",
      "services/mfa/src/config/service-config.ts",
      "services/mfa/src/config/settings/service-settings.ts",
      "services/mfa/src/rpc/*-service.ts",
    ],
    plugins: { countersign: { rules: { "max-own-imports": maxOwnImports } } },
    rules: { "countersign/max-own-imports": "error" },
  },
  {
    files: ["**/src/**/*.ts"],
    ignores: ["**/*.test.ts"],
    rules: { "max-lines-per-function": ["error", { max: 40, skipBlankLines: true, skipComments: true }] },
  },
);
