// /api/settings/limits: the bounds over the whole appliance.

import { beforeEach, describe, expect, test } from "bun:test";
import { limitRoutes } from "../../src/settings/limits-routes.ts";
import { createWorld, type World } from "../support/world.ts";

const PATH = "/api/settings/limits";
const nothing = { maxConcurrentCalls: null, maxCallsPerSecond: null, contactLimits: [], defaultCountry: null };
let world: World;
beforeEach(() => (world = createWorld((parts) => [limitRoutes(parts)])));

describe("the limits", () => {
  test("bound nothing until they are set", async () => {
    expect((await world.request("GET", PATH)).body).toEqual(nothing);
  });

  test("are set field by field, and the machine looks again", async () => {
    const first = await world.request("PUT", PATH, { maxConcurrentCalls: 20, contactLimits: [{ attempts: 3, perHours: 24 }] });
    expect([first.status, first.body]).toEqual([
      200,
      { ...nothing, maxConcurrentCalls: 20, contactLimits: [{ attempts: 3, perHours: 24 }] },
    ]);
    const second = await world.request("PUT", PATH, { maxCallsPerSecond: 5, defaultCountry: "IN", maxConcurrentCalls: null });
    expect(second.body).toEqual({
      maxConcurrentCalls: null,
      maxCallsPerSecond: 5,
      contactLimits: [{ attempts: 3, perHours: 24 }],
      defaultCountry: "IN",
    });
    expect((await world.request("GET", PATH)).body).toEqual(second.body);
    expect(world.control.nudges).toBe(2);
  });

  test.each([
    [{ maxConcurrentCalls: 0 }, "maxConcurrentCalls"],
    [{ maxCallsPerSecond: 1_001 }, "maxCallsPerSecond"],
    [{ contactLimits: [{ attempts: 0, perHours: 24 }] }, "contactLimits.0.attempts"],
    [{ contactLimits: Array(6).fill({ attempts: 1, perHours: 1 }) }, "contactLimits"],
    [{ defaultCountry: "India" }, "defaultCountry"],
    [{ defaultCountry: "XX" }, "defaultCountry"],
    [{ maxCalls: 3 }, "maxCalls"],
  ])("%j is refused, naming %s, and changes nothing", async (change, path) => {
    const answer = await world.request("PUT", PATH, change);
    expect([answer.status, answer.body.code, answer.body.details[0].path]).toEqual([400, "validation_failed", path]);
    expect((await world.request("GET", PATH)).body).toEqual(nothing);
  });

  test("are an admin's to see and to change", async () => {
    for (const role of ["read", "operator"] as const) {
      expect((await world.request("GET", PATH, undefined, { key: world.keyFor(role) })).status).toBe(403);
      expect((await world.request("PUT", PATH, {}, { key: world.keyFor(role) })).status).toBe(403);
    }
  });
});
