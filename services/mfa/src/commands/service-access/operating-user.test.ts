import { expect, test } from "vitest";
import { operatingUser } from "./operating-user.js";

test("the account at the terminal is named, and behind sudo the one that used it", () => {
  expect(operatingUser({}, () => "jdoe")).toBe("jdoe");
  expect(operatingUser({ SUDO_USER: "jdoe" }, () => "root")).toBe("jdoe");
});

test("nobody is named by an account that many share, none has, or that is no name", () => {
  expect(operatingUser({}, () => "root")).toBeUndefined();
  expect(operatingUser({ SUDO_USER: "root" }, () => "nonroot")).toBeUndefined();
  expect(operatingUser({}, () => "a b")).toBeUndefined();
  const none = () => {
    throw new Error("ENOENT: no such account");
  };
  expect(operatingUser({}, none)).toBeUndefined();
});
