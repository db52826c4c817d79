import { describe, expect, test } from "bun:test";
import { createOutcomeTokens } from "../../../src/calls/outcome/token.ts";
import { openDatabase } from "../../../src/database/open.ts";
import { seededRandom } from "../../../src/runtime/random.ts";
import { ensureInstallationSecret } from "../../../src/settings/installation-secret.ts";

const MINE = "call_01jt3v9h8k4m2n6p8q0r2s4t6v";
const OTHER = "call_01jt3v9h8k4m2n6p8q0r2s4t6w";
const tokens = createOutcomeTokens("a secret");
const token = tokens.tokenFor(MINE);
const pathOf = (callId: string) => `/api/calls/${callId}/outcome`;

describe("the token of a call", () => {
  test("is the same whenever it is asked for, another for another call, and unlike any key", () => {
    expect(token).toMatch(/^oct_[\w-]{43}$/);
    expect(createOutcomeTokens("a secret").tokenFor(MINE)).toBe(token);
    expect(tokens.tokenFor(OTHER)).not.toBe(token);
    expect(createOutcomeTokens("another secret").tokenFor(MINE)).not.toBe(token);
  });

  test("opens the report of its own call", () => {
    expect(tokens.callerFor(token, "POST", pathOf(MINE))).toEqual({ keyId: MINE, role: "operator" });
  });

  test.each([
    ["another call", token, "POST", pathOf(OTHER)],
    ["another method", token, "GET", pathOf(MINE)],
    ["the call itself", token, "GET", `/api/calls/${MINE}`],
    ["another verb", token, "POST", `/api/calls/${MINE}/end`],
    ["a longer path", token, "POST", `${pathOf(MINE)}/x`],
    ["a slash more", token, "POST", `${pathOf(MINE)}/`],
    ["an encoded path", token, "POST", `/api/calls/${MINE.replace("_", "%5F")}/outcome`],
    ["a path that only ends so", token, "POST", `/api/x${pathOf(MINE)}`],
    ["no id", token, "POST", "/api/calls/call_/outcome"],
    ["a token cut short", token.slice(0, -1), "POST", pathOf(MINE)],
    ["a token too long", `${token}x`, "POST", pathOf(MINE)],
    ["a token with another last letter", `${token.slice(0, -1)}${token.endsWith("A") ? "E" : "A"}`, "POST", pathOf(MINE)],
    ["a token without its prefix", token.slice(4), "POST", pathOf(MINE)],
    ["no token", "", "POST", pathOf(MINE)],
    ["the secret", "a secret", "POST", pathOf(MINE)],
  ])("does not open %s", (_what, presented, method, path) => {
    expect(tokens.callerFor(presented, method, path)).toBeUndefined();
  });
});

describe("ensureInstallationSecret", () => {
  test("makes a secret once and keeps it", () => {
    const db = openDatabase({ path: ":memory:" });
    const secret = ensureInstallationSecret(db, seededRandom(1));
    expect(secret).toMatch(/^[\w-]{43}$/);
    expect(ensureInstallationSecret(db, seededRandom(2))).toBe(secret);
    expect(ensureInstallationSecret(openDatabase({ path: ":memory:" }), seededRandom(2))).not.toBe(secret);
  });
});
