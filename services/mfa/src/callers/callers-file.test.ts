import { MfaService } from "@countersign/protocol/countersign/mfa/v1/mfa_service_pb.js";
import { describe, expect, test } from "vitest";
import { ConfigurationError } from "../config/forms/configuration-error.js";
import { parseCallersFile } from "./callers-file.js";
import { permissionTable } from "./permissions.js";

const rules = {
  permissions: permissionTable([MfaService]),
  accepts: { tokens: true, certificates: true },
};
const VERIFY = "countersign.mfa.v1.MfaService/VerifyCode";
const entry = { id: "login", jwt_subjects: ["login"], permissions: ["verify"] };

const parse = (text: string) => parseCallersFile(text, rules);
const parseCallers = (...callers: readonly object[]) => parse(JSON.stringify({ callers }));

function problemsOf(work: () => unknown): readonly string[] {
  try {
    work();
  } catch (error) {
    if (error instanceof ConfigurationError) return error.problems;
    throw error;
  }
  throw new Error("it was accepted");
}

describe("a callers file", () => {
  test("a callers file in YAML names callers by token and by certificate, with their permissions and limits", () => {
    const registry = parse(`
callers:
  - id: login
    jwt_subjects: [login, login-canary]
    certificate_names: ["URI:spiffe://prod/login", "DNS:login.internal"]
    permissions: [verify, countersign.mfa.v1.MfaService/GetMfaStatus]
    requests_per_minute: 600
    uniform_answers: true
`);
    const login = { id: "login", requestsPerMinute: 600, uniformAnswers: true };
    expect(registry.ofSubject("login-canary")).toEqual(login);
    expect(registry.permits("login", VERIFY)).toBe(true);
    expect(registry.permits("login", "countersign.mfa.v1.MfaService/GetMfaStatus")).toBe(true);
    expect(registry.permits("login", "countersign.mfa.v1.MfaService/DisableMfa")).toBe(false);
    expect(registry.permits("other", VERIFY)).toBe(false);
  });

  test("a callers file that permits a service permits every RPC of it", () => {
    const registry = parseCallers({ ...entry, permissions: [MfaService.typeName] });
    for (const { name } of MfaService.methods)
      expect(registry.permits("login", `${MfaService.typeName}/${name}`)).toBe(true);
  });

  test("marks callers that may not ask for the status of users", () => {
    const ofLogin = (...permissions: readonly string[]) =>
      parseCallers({ ...entry, permissions }).ofSubject("login")?.statusDenied;
    expect(ofLogin("verify")).toBe(true);
    expect([ofLogin("status"), ofLogin(MfaService.typeName)]).toEqual([undefined, undefined]);
  });

  test("a callers file may permit nothing", () => {
    expect(parseCallers({ ...entry, permissions: [] }).permits("login", VERIFY)).toBe(false);
  });

  test.each([
    ["text that is no YAML", "callers: [", "not valid YAML or JSON at line 1"],
    ["an empty file", "", "the whole"],
    ["no callers", `{"callers":[]}`, "callers"],
    [
      "an unknown key beside the callers",
      `{"callers":[${JSON.stringify(entry)}],"default":"allow"}`,
      `"default"`,
    ],
    ["a key given twice", `{"callers":[],"callers":[]}`, "DUPLICATE_KEY"],
  ])("a callers file is refused with %s", (_, text, problem) => {
    expect(problemsOf(() => parse(text)).join()).toContain(problem);
  });

  test.each([
    ["an unknown key", { ...entry, role: "admin" }, `callers[0]: Unrecognized key: "role"`],
    ["no permissions", { ...entry, permissions: undefined }, "callers[0].permissions"],
    [
      "a permission that does not exist",
      { ...entry, permissions: ["verify", "admni"] },
      "callers[0].permissions[1]",
    ],
    ["a wildcard permission", { ...entry, permissions: ["*"] }, "callers[0].permissions[0]"],
    ["an RPC that does not exist", { ...entry, permissions: [`${VERIFY}s`] }, "callers[0].permissions[0]"],
    ["a number for a permission", { ...entry, permissions: [1] }, "callers[0].permissions[0]"],
    ["no identity", { ...entry, jwt_subjects: [] }, "needs at least one of"],
    ["an empty subject", { ...entry, jwt_subjects: [""] }, "callers[0].jwt_subjects[0]"],
    ["an id in capitals", { ...entry, id: "Login" }, "callers[0].id"],
    ["the id of callers without a name", { ...entry, id: "anonymous" }, "reserved"],
    ["a limit of nothing", { ...entry, requests_per_minute: 0 }, "callers[0].requests_per_minute"],
    ["a limit in words", { ...entry, requests_per_minute: "600" }, "callers[0].requests_per_minute"],
    [
      "a certificate name without its kind",
      { ...entry, certificate_names: ["login.internal"] },
      "certificate_names[0]",
    ],
    [
      "a wildcard certificate name",
      { ...entry, certificate_names: ["DNS:*.internal"] },
      "certificate_names[0]",
    ],
    ["a common name", { ...entry, certificate_names: ["CN:login"] }, "certificate_names[0]"],
  ])("a callers file is refused with %s", (_, caller, problem) => {
    expect(problemsOf(() => parseCallers(caller)).join()).toContain(problem);
  });

  test("a callers file is refused when one identity stands for two callers", () => {
    const san = "URI:spiffe://prod/login";
    const problems = problemsOf(() =>
      parseCallers(
        { ...entry, certificate_names: [san] },
        { id: "other", jwt_subjects: ["login"], certificate_names: [san], permissions: [] },
        { id: "login", jwt_subjects: ["third"], permissions: [] },
      ),
    );
    expect(problems).toEqual([
      "CALLERS_FILE: callers[1].jwt_subjects[0]: is given twice",
      "CALLERS_FILE: callers[1].certificate_names[0]: is given twice",
      "CALLERS_FILE: callers[2].id: is given twice",
    ]);
  });

  test("a callers file is refused when it counts on a credential that is not accepted", () => {
    const accepts = { tokens: false, certificates: false };
    const both = { ...entry, certificate_names: ["DNS:login.internal"] };
    const text = JSON.stringify({ callers: [both] });
    expect(problemsOf(() => parseCallersFile(text, { ...rules, accepts })).join()).toMatch(
      /CALLER_JWT_ISSUER.*TLS_CLIENT_CA_FILE/,
    );
  });

  test("a callers file is refused with every problem together", () => {
    expect(
      problemsOf(() =>
        parseCallers({ id: "A", permissions: 1 }, { ...entry, x: 1, requests_per_minute: -1 }),
      ),
    ).toHaveLength(4);
  });
});

describe("a certificate", () => {
  const registry = parseCallers(
    { id: "login", certificate_names: ["URI:spiffe://prod/login", "DNS:login.internal"], permissions: [] },
    { id: "admin", certificate_names: ["DNS:admin.internal"], permissions: [] },
  );
  const caller = (...subjectAltNames: string[]) =>
    registry.ofCertificate({ subjectAltNames, fingerprint256: "" })?.id;

  test("a certificate names its caller by URI or DNS name, whatever the case of the latter", () => {
    expect(caller("URI:spiffe://prod/login")).toBe("login");
    expect(caller("DNS:LOGIN.internal", "DNS:unlisted.internal")).toBe("login");
    expect(caller("DNS:login.internal", "URI:spiffe://prod/login")).toBe("login");
  });

  test("a certificate names no caller by another name, kind or case", () => {
    for (const name of [
      "URI:spiffe://PROD/login",
      "DNS:x.login.internal",
      "URI:login.internal",
      "email:login.internal",
      "",
    ])
      expect(caller(name)).toBeUndefined();
  });

  test("a certificate names no caller when it names two callers", () => {
    expect(caller("DNS:login.internal", "DNS:admin.internal")).toBeUndefined();
  });
});
