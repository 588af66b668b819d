import { readFileSync } from "node:fs";
import { type DescEnum, isMessage } from "@bufbuild/protobuf";
import { Code } from "@connectrpc/connect";
import { ErrorReasonSchema } from "@countersign/protocol/countersign/mfa/v1/error_reason_pb.js";
import { MfaAdminService } from "@countersign/protocol/countersign/mfa/v1/mfa_admin_service_pb.js";
import {
  MfaRequirementReasonSchema,
  MfaService,
} from "@countersign/protocol/countersign/mfa/v1/mfa_service_pb.js";
import { RejectionReasonSchema } from "@countersign/protocol/countersign/mfa/v1/rejection_pb.js";
import { SecurityPolicyService } from "@countersign/protocol/countersign/policy/v1/security_policy_service_pb.js";
import { HelpSchema } from "@countersign/protocol/google/rpc/error_details_pb.js";
import { describeThrough } from "@countersign/rpc-server";
import { describe, expect, test } from "vitest";
import { CALLER_ROLES } from "../../src/callers/caller-roles.js";
import { MfaError, type Reason } from "../../src/domain/errors.js";
import { MFA_ERRORS } from "../../src/rpc/errors.js";

const page = (name: string) => readFileSync(new URL(`../../../../docs/${name}`, import.meta.url), "utf8");
const integrating = page("integrating.md");
const reasons = page("api/reasons.md");

/** The rows of the tables below a heading, up to the next one, as cells. */
function rowsBelow(text: string, heading: string): string[][] {
  const section = text.split(`\n${heading}\n`)[1]?.split(/\n#{2,3} /)[0] ?? "";
  const rows = section.split("\n").filter((line) => line.startsWith("| ") && !line.startsWith("| ---"));
  return rows.map((row) => row.split(/(?<!\\) ?\| ?/).slice(1, -1));
}

const quoted = (cell = "") => [...cell.matchAll(/`(\w+)`/g)].map(([, name]) => name ?? "");

/** What is sent of an enum, as the tables call it. */
const sent = ({ values, sharedPrefix = "" }: DescEnum) =>
  values
    .filter(({ number }) => number !== 0)
    .map(({ name }) => name.slice(sharedPrefix.length).toUpperCase())
    .sort();

describe("docs/integrating.md", () => {
  const firstCells = (heading: string) => rowsBelow(integrating, heading).flatMap(([cell]) => quoted(cell));

  test("docs/integrating.md tells what to do about every reason of a refusal, and no other", () => {
    const named = firstCells("### Outcomes of a check").filter((name) => /^[A-Z_]+$/.test(name));
    expect(named.sort()).toEqual(sent(RejectionReasonSchema));
  });

  test("docs/integrating.md tells what every outcome means", () => {
    const outcomes = MfaService.methods
      .flatMap(({ output }) => output.oneofs)
      .filter(({ name }) => name === "outcome")
      .flatMap(({ fields }) => fields.map(({ name }) => name));
    expect(firstCells("### Outcomes of a check")).toEqual(expect.arrayContaining(outcomes));
  });

  test("docs/integrating.md tells what every requirement means", () => {
    const named = firstCells("### Reasons of IsMfaRequired").filter((name) => name !== "reason");
    expect(named.sort()).toEqual(sent(MfaRequirementReasonSchema));
  });

  test("docs/integrating.md tells what to do about every reason of an error, and no other", () => {
    expect(firstCells("### Errors").sort()).toEqual(sent(ErrorReasonSchema));
  });

  test("docs/integrating.md tells how each RPC is repeated after a lost answer", () => {
    const services = [MfaService, MfaAdminService, SecurityPolicyService];
    const rpcs = services.flatMap(({ methods }) => methods.map(({ name }) => name));
    expect(firstCells("## Time-outs and retries").sort()).toEqual(rpcs.sort());
  });

  test("docs/integrating.md names for each RPC a caller role that may call it", () => {
    const rows = rowsBelow(integrating, "## When to call what").slice(1);
    const called = rows.flatMap(([, call]) => quoted(call));
    expect(called).toEqual(expect.arrayContaining(MfaService.methods.map(({ name }) => name)));
    for (const [, call, roles] of rows) {
      const permitted = quoted(roles).flatMap((role) => (CALLER_ROLES[role] ?? []).map(({ name }) => name));
      expect(permitted).toEqual(expect.arrayContaining(quoted(call)));
    }
  });
});

test("each error links a section of docs/api/reasons.md, in the repository that the protos name", () => {
  const proto = readFileSync(
    new URL("../../../../proto/countersign/mfa/v1/mfa_service.proto", import.meta.url),
    "utf8",
  );
  const [, repository] = /go_package = "(github\.com\/\w+\/\w+)\//.exec(proto) ?? [];
  const headings = [...reasons.matchAll(/^### (\w+)$/gm)].map(([, heading = ""]) => heading.toLowerCase());
  for (const reason of sent(ErrorReasonSchema) as Reason[]) {
    const { details } = describeThrough(MFA_ERRORS)(new MfaError(reason, ""), "");
    const [link] = details.flatMap(({ value }) => (isMessage(value, HelpSchema) ? value.links : []));
    const [page, anchor] = link?.url.split("#") ?? [];
    expect(page).toBe(`https://${repository}/blob/main/docs/api/reasons.md`);
    expect(headings).toContain(anchor);
  }
});

test("docs/api/reasons.md gives each reason of an error the status code that it has", () => {
  const rows = rowsBelow(reasons, "## Errors").slice(1);
  expect(rows.map(([reason]) => quoted(reason)[0]).sort()).toEqual(sent(ErrorReasonSchema));
  for (const [reason, status] of rows) {
    const { code } = describeThrough(MFA_ERRORS)(new MfaError(quoted(reason)[0] as Reason, ""), "");
    const name = Code[code].replace(/(?<=[a-z])(?=[A-Z])/g, "_").toUpperCase();
    expect([quoted(reason)[0], quoted(status)[0]]).toEqual([quoted(reason)[0], name]);
  }
});

test.each([
  ["ErrorReason", sent(ErrorReasonSchema)],
  // A code that is none is an error of the service, and for the helpers the user's slip.
  ["RefusalReason", [...sent(RejectionReasonSchema), "INVALID_FIELD"].sort()],
])("the Python helpers name every reason in %s, and no other", (type, names) => {
  const helpers = page("../clients/python/countersign_client.py");
  const [, literals = ""] = new RegExp(`^${type} = Literal\\[\n(.*?)^\\]`, "ms").exec(helpers) ?? [];
  expect([...literals.matchAll(/"(\w+)"/g)].map(([, name]) => name).sort()).toEqual(names);
});
