import { describe, expect, test } from "bun:test";
import { mayAct, requiredRole, type Role, roles } from "../../../src/http/door/roles.ts";

const needed: [method: string, path: string, role: Role][] = [
  ["GET", "/api/campaigns", "read"],
  ["HEAD", "/api/campaigns", "read"],
  ["POST", "/api/campaigns", "operator"],
  ["PUT", "/api/campaigns/cmp_1", "operator"],
  ["DELETE", "/api/campaigns/dnc/dnc_1", "operator"],
  ["POST", "/api/campaigns/cmp_1/leads", "operator"],
  ["POST", "/api/agents", "operator"],
  ["GET", "/api/agents/agent_1", "read"],
  ["GET", "/api/agents/agent_1/credentials", "admin"],
  ["POST", "/api/agents/agent_1/credentials/rotate", "admin"],
  ["GET", "/api/keys", "admin"],
  ["DELETE", "/api/keys/key_1", "admin"],
  ["GET", "/api/settings/webhook", "admin"],
  ["GET", "/api/billing/balance", "read"],
  ["POST", "/api/billing/top-up", "admin"],
  ["GET", "/api/trunks", "read"],
  ["POST", "/api/trunks/trk_1/test", "admin"],
  ["PUT", "/api/phone-numbers/pn_1", "admin"],
  // Only the room itself, not what begins like it.
  ["GET", "/api/keysmith", "read"],
];

describe("what a key may do", () => {
  for (const [method, path, role] of needed) test(`${method} ${path} needs ${role}`, () => expect(requiredRole(method, path)).toBe(role));

  test("each role may do what the ones before it may", () => {
    const may = roles.map((role) => roles.filter((required) => mayAct(role, required)));
    expect(may).toEqual([["read"], ["read", "operator"], ["read", "operator", "admin"]]);
  });
});
