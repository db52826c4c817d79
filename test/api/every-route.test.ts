// What is true of all routes of a kind, read off the description: lists page alike, and an id that there is not is a 404.

import { describe, expect, test } from "bun:test";
import type { Operation } from "../../src/http/openapi/model.ts";
import { documentOf } from "../support/conformance.ts";
import { createWholeApi } from "../support/whole-api.ts";

const world = createWholeApi();
const operations = Object.entries(documentOf(world.api).paths).flatMap(([path, item]) =>
  Object.entries(item).map(([method, operation]) => ({ method: method.toUpperCase(), path, operation: operation as Operation })),
);

describe("every list", async () => {
  const agentId = (await world.request("POST", "/api/agents", { name: "Ada" })).body.id as string;
  const campaign = { name: "Spring", agentId, phoneNumberId: await addNumber() };
  const campaignId = (await world.request("POST", "/api/campaigns", campaign)).body.id as string;
  const lists = operations
    .filter(({ operation }) => operation.parameters?.some((parameter) => "name" in parameter && parameter.name === "cursor"))
    .map(({ path }) => path.replace("/agents/{id}", `/agents/${agentId}`).replace("/campaigns/{id}", `/campaigns/${campaignId}`));

  test("is known to this test", () => expect(lists.length).toBeGreaterThanOrEqual(10));

  test.each(lists)("GET %s has its envelope, and pages of 1 to 1,000", async (path) => {
    const { status, body } = await world.request("GET", path);
    expect([status, body.limit, body.offset, typeof body.total, body.nextCursor]).toEqual([200, 200, 0, "number", null]);
    expect((await world.request("GET", `${path}?limit=1`)).body.limit).toBe(1);
    expect((await world.request("GET", `${path}?limit=1000&offset=3`)).body).toMatchObject({ limit: 1_000, offset: 3 });
  });

  const wrong = ["limit=0", "limit=1001", "limit=-1", "limit=1.5", "limit=ten", "offset=-1", "offset=x", "cursor=x", "page=2"];
  test.each(lists)("GET %s refuses a page that is none, and names what was wrong", async (path) => {
    for (const query of wrong) {
      const { status, body } = await world.request("GET", `${path}?${query}`);
      expect([query, status, body.code, body.details?.[0].path]).toEqual([query, 400, "validation_failed", query.split("=")[0]]);
    }
  });

  async function addNumber(): Promise<string> {
    const trunkId = (await world.request("POST", "/api/trunks", { name: "Main", driver: "simulator" })).body.id as string;
    return (await world.request("POST", "/api/phone-numbers", { phoneNumber: "+918045678900", trunkId })).body.id as string;
  }
});

describe("an id that there is not", () => {
  const nouns: Record<string, string> = {
    agents: "agent",
    campaigns: "campaign",
    calls: "call",
    deliveries: "delivery",
    dnc: "DNC entry",
    keys: "key",
    "phone-numbers": "phone number",
    trunks: "trunk",
  };
  const withId = operations.filter(({ path }) => path.includes("{id}")).map((found) => [`${found.method} ${found.path}`, found] as const);

  test("is looked for by many routes", () => expect(withId.length).toBeGreaterThanOrEqual(30));

  test.each(withId)("%s is 404 and says what is not there", async (_name, { method, path, operation }) => {
    const noun = nouns[path.split("/{id}")[0]?.split("/").at(-1) ?? ""];
    const [[type, content] = []] = Object.entries(operation.requestBody?.content ?? {});
    const body = type === "application/json" ? content?.example : undefined;
    for (const id of ["nothing", "0", "cmp_00000000000000000000000000"]) {
      const answer = await world.request(method, path.replace("{id}", id).replace("{version}", "1"), body);
      expect([answer.status, answer.body?.code, answer.body?.error]).toEqual([
        404,
        "not_found",
        expect.stringContaining(`there is no ${noun} with the id '${id}'`),
      ]);
    }
  });
});
