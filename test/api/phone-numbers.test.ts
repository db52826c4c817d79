// /api/phone-numbers: the numbers that calls come from.

import { describe, expect, test } from "bun:test";
import type { Role } from "../../src/http/door/roles.ts";
import { createNouns, expectRefusal, type Nouns } from "../support/nouns.ts";

const UNKNOWN = "pn_00000000000000000000000000";

async function withTrunk(): Promise<Nouns & { trunkId: string }> {
  const nouns = createNouns();
  const trunk = await nouns.ask("POST", "/api/trunks", { name: "Play", driver: "simulator" });
  return { ...nouns, trunkId: trunk.json.id };
}

describe("adding a phone number", () => {
  test("blanks, dashes, brackets and dots are stripped", async () => {
    const { ask, trunkId } = await withTrunk();
    const { status, json } = await ask("POST", "/api/phone-numbers", { phoneNumber: "+91 (80) 4567-89.00", trunkId });
    expect(status).toBe(201);
    expect(json).toEqual({
      id: expect.stringMatching(/^pn_[0-9a-z]{26}$/),
      phoneNumber: "+918045678900",
      label: null,
      maxConcurrent: null,
      callsPerSecond: null,
      trunkId,
      createdAt: "2026-05-06T05:30:00.000Z",
      updatedAt: "2026-05-06T05:30:00.000Z",
    });
    expect((await ask("GET", `/api/phone-numbers/${json.id}`)).json).toEqual(json);
  });

  test("a number that is here already, written otherwise, is refused and its row named", async () => {
    const { ask, trunkId } = await withTrunk();
    const { json } = await ask("POST", "/api/phone-numbers", { phoneNumber: "+918045678900", trunkId });
    const answer = await ask("POST", "/api/phone-numbers", { phoneNumber: "+91 80 4567 8900", trunkId });
    expectRefusal(answer, 409, "already_exists", /\+918045678900 is already here/);
    expect(answer.json.error).toContain(json.id);
  });

  const wrong: [string, object, string][] = [
    ["no number", { phoneNumber: undefined }, "phoneNumber"],
    ["a number that is none", { phoneNumber: "12" }, "phoneNumber"],
    ["a national number", { phoneNumber: "080 4567 8900" }, "phoneNumber"],
    ["a number in the form of a JSON number", { phoneNumber: 918045678900 }, "phoneNumber"],
    ["no trunk", { trunkId: undefined }, "trunkId"],
    ["a label that is a number", { label: 5 }, "label"],
    ["an unknown field", { name: "x" }, "name"],
  ];
  test.each(wrong)("%s is refused, and the place is named", async (_, change, path) => {
    const { ask, trunkId } = await withTrunk();
    const answer = await ask("POST", "/api/phone-numbers", { phoneNumber: "+918045678900", trunkId, ...change });
    expectRefusal(answer, 400, "validation_failed", /./);
    expect(answer.json.details.map((detail: { path: string }) => detail.path)).toEqual([path]);
  });

  test("an unknown trunk is a 404, and nothing is written", async () => {
    const { ask } = await withTrunk();
    expectRefusal(
      await ask("POST", "/api/phone-numbers", { phoneNumber: "+918045678900", trunkId: "trk_x" }),
      404,
      "not_found",
      /no trunk with the id 'trk_x'/,
    );
    expect((await ask("GET", "/api/phone-numbers")).json.total).toBe(0);
  });
});

describe("changing a phone number", () => {
  test("what is left out stays; null clears the label", async () => {
    const { ask, clock, trunkId } = await withTrunk();
    const { json } = await ask("POST", "/api/phone-numbers", { phoneNumber: "+918045678900", label: "Main", trunkId });
    clock.advance(1_000);
    const path = `/api/phone-numbers/${json.id}`;
    expect((await ask("PUT", path, {})).json).toEqual({ ...json, updatedAt: "2026-05-06T05:30:01.000Z" });
    expect((await ask("PUT", path, { phoneNumber: "+918045678900" })).status).toBe(200);
    expect((await ask("PUT", path, { phoneNumber: "+918045678901", label: null })).json).toMatchObject({
      phoneNumber: "+918045678901",
      label: null,
      trunkId,
    });
    const other = await ask("POST", "/api/trunks", { name: "Other", driver: "simulator" });
    expect((await ask("PUT", path, { trunkId: other.json.id })).json).toMatchObject({ trunkId: other.json.id });
  });

  test("the number of another row, an unknown trunk, field or id, and a bad number are refused", async () => {
    const { ask, trunkId } = await withTrunk();
    await ask("POST", "/api/phone-numbers", { phoneNumber: "+918045678900", trunkId });
    const { json } = await ask("POST", "/api/phone-numbers", { phoneNumber: "+918045678901", trunkId });
    const path = `/api/phone-numbers/${json.id}`;
    expectRefusal(await ask("PUT", path, { phoneNumber: "+918045678900" }), 409, "already_exists", /already here/);
    expectRefusal(await ask("PUT", path, { trunkId: "trk_x" }), 404, "not_found", /no trunk/);
    expectRefusal(
      await ask("PUT", path, { number: "x" }),
      400,
      "validation_failed",
      /number: is not a field here; the fields are phoneNumber, label, trunkId/,
    );
    expectRefusal(await ask("PUT", path, { phoneNumber: "12" }), 400, "validation_failed", /12/);
    expectRefusal(await ask("PUT", path), 400, "validation_failed", /body is empty/);
    expectRefusal(await ask("PUT", `/api/phone-numbers/${UNKNOWN}`, {}), 404, "not_found", /no phone number with the id/);
    expect((await ask("GET", path)).json).toEqual(json);
  });
});

describe("listing and deleting phone numbers", () => {
  test("the list is newest first and goes on by its cursor", async () => {
    const { ask, trunkId } = await withTrunk();
    for (const last of [0, 1, 2]) await ask("POST", "/api/phone-numbers", { phoneNumber: `+91804567890${last}`, trunkId });
    const numbers = (list: { phoneNumbers: { phoneNumber: string }[] }) => list.phoneNumbers.map((row) => row.phoneNumber.slice(-1));
    const first = (await ask("GET", "/api/phone-numbers?limit=2")).json;
    expect(numbers(first)).toEqual(["2", "1"]);
    expect(first.total).toBe(3);
    expect(numbers((await ask("GET", `/api/phone-numbers?limit=2&cursor=${first.nextCursor}`)).json)).toEqual(["0"]);
    expectRefusal(await ask("GET", "/api/phone-numbers?cursor=x"), 400, "validation_failed", /must be the nextCursor of a page before/);
  });

  test("one that no campaign calls from goes; one that a campaign calls from stays", async () => {
    const nouns = await withTrunk();
    const { ask, trunkId } = nouns;
    const agentId = (await ask("POST", "/api/agents", { name: "Ada" })).json.id;
    const { id } = (await ask("POST", "/api/phone-numbers", { phoneNumber: "+918045678900", trunkId })).json;
    const campaignId = nouns.addCampaign({ name: "Spring", agentId, phoneNumberId: id });
    const answer = await ask("DELETE", `/api/phone-numbers/${id}`);
    expectRefusal(answer, 409, "still_referenced", /in use by campaign 'Spring'/);
    expect(answer.json.error).toContain(campaignId);
    nouns.db.sqlite.run("DELETE FROM campaigns");
    expect(await ask("DELETE", `/api/phone-numbers/${id}`)).toEqual({ status: 204, json: undefined });
    expectRefusal(await ask("DELETE", `/api/phone-numbers/${id}`), 404, "not_found", /no phone number/);
    expectRefusal(await ask("GET", `/api/phone-numbers/${id}`), 404, "not_found", /no phone number/);
  });
});

describe("who may do what with phone numbers", () => {
  const table: [string, string, object | undefined, Role | null, number][] = [
    ["GET", "/api/phone-numbers", undefined, null, 401],
    ["GET", "/api/phone-numbers", undefined, "read", 200],
    ["GET", `/api/phone-numbers/${UNKNOWN}`, undefined, "read", 404],
    ["POST", "/api/phone-numbers", {}, "operator", 403],
    ["POST", "/api/phone-numbers", {}, "admin", 400],
    ["PUT", `/api/phone-numbers/${UNKNOWN}`, {}, "operator", 403],
    ["DELETE", `/api/phone-numbers/${UNKNOWN}`, undefined, "operator", 403],
  ];
  test.each(table)("%s %s with %p as %p: %d", async (method, path, body, role, status) => {
    expect((await createNouns().ask(method, path, body, role)).status).toBe(status);
  });
});
