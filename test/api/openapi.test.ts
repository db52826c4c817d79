import { describe, expect, test } from "bun:test";
import { Compile } from "typebox/compile";
import { errorCodes } from "../../src/errors.ts";
import type { Content, Operation, Parameter } from "../../src/http/openapi/model.ts";
import { createSchemaBook } from "../../src/http/openapi/schema-book.ts";
import { type Role, roles } from "../../src/http/door/roles.ts";
import { closed, documentOf, problemsOf } from "../support/conformance.ts";
import { startRunningApp } from "../support/running-app.ts";
import { createWholeApi } from "../support/whole-api.ts";

const world = createWholeApi();
const document = documentOf(world.api);
const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ method: method.toUpperCase(), path, operation })),
);
const table = operations.map(({ method, path, operation }) => [`${method} ${path}`, { method, path, operation }] as const);

/** Ids that look right and name nothing. */
function toUrl(path: string, operation: Operation): string {
  return path.replaceAll(/\{(\w+)\}/g, (_, name: string) =>
    String(
      (operation.parameters ?? []).find((parameter): parameter is Parameter => "name" in parameter && parameter.name === name)?.example ??
        "1",
    ),
  );
}

describe("GET /openapi.json", () => {
  test("is there for everyone, and is what the routes say", async () => {
    const { status, body, headers } = await world.request("GET", "/openapi.json", undefined, { key: null });
    expect([status, headers.get("content-type")]).toEqual([200, "application/json; charset=utf-8"]);
    expect(body).toEqual(document);
  });

  test("describes every route but the page that shows it", () => {
    const routes = world.api.routes.map(({ method, path }) => `${method} ${path.replaceAll(/:(\w+)/g, "{$1}").replace(/(.)\/$/, "$1")}`);
    const described: string[] = operations.map(({ method, path }) => `${method} ${path}`);
    expect(routes.filter((route) => !described.includes(route))).toEqual(["GET /docs", "GET /docs/docs.css", "GET /docs/search.js"]);
    expect(described.filter((route) => !routes.includes(route))).toEqual([]);
  });

  test("has the routes that the appliance itself has", async () => {
    const running = await startRunningApp();
    const body = (await running.request("GET", "/openapi.json")).body as typeof document;
    await running.close();
    const list = (paths: typeof document.paths) =>
      Object.entries(paths)
        .flatMap(([path, methods]) => Object.keys(methods).map((method) => `${method} ${path}`))
        .sort();
    expect(list(body.paths)).toEqual(list(document.paths));
  });

  test("calls every route by a name of its own, fit for a generated client", () => {
    const names = operations.map(({ operation }) => operation.operationId);
    expect(names.filter((name) => !/^[a-z][A-Za-z]+$/.test(name))).toEqual([]);
    expect(new Set(names).size).toBe(names.length);
  });

  test("names the schema of every body and every answer", () => {
    const contents = (operation: Operation): Content[] => [
      ...Object.values(operation.requestBody?.content ?? {}),
      ...Object.values(operation.responses).flatMap((answer) => ("content" in answer ? Object.values(answer.content ?? {}) : [])),
    ];
    const nameless = operations.flatMap(({ method, path, operation }) =>
      contents(operation)
        .filter(({ schema }) => schema.type === "object")
        .map(() => `${method} ${path}`),
    );
    expect(nameless).toEqual(["GET /openapi.json"]);
  });

  test("refers to nothing that is not there, and has nothing that nobody refers to", () => {
    const text = JSON.stringify(document);
    const referred = new Set([...text.matchAll(/"\$ref":"#\/components\/([^"]+)"/g)].map((found) => found[1] ?? ""));
    const { schemas, responses, parameters, headers } = document.components;
    const there = Object.entries({ schemas, responses, parameters, headers }).flatMap(([kind, named]) =>
      Object.keys(named).map((name) => `${kind}/${name}`),
    );
    expect([...referred].sort()).toEqual(there.sort());
  });

  test("says nothing of how it is made", () => {
    expect(JSON.stringify(document)).not.toMatch(/errorMessage|~standard|x-answers|x-refusals|x-bodies|undefined/);
  });

  test("knows every code of a refusal", () => {
    expect(document.components.schemas.Error?.properties?.code?.enum).toEqual([...errorCodes]);
  });

  test("two schemas of one title are a mistake that is told", () => {
    const book = createSchemaBook();
    book.write({ title: "Lead", type: "object" });
    book.write({ title: "Lead", type: "object" });
    expect(() => book.write({ title: "Lead", type: "string" })).toThrow("two different schemas are called 'Lead'");
  });
});

describe("an example", () => {
  const examples = operations.flatMap(({ method, path, operation }) => {
    const bodies = Object.entries(operation.requestBody?.content ?? {}).map(
      ([type, content]) => [`the body of ${method} ${path} as ${type}`, content] as const,
    );
    const answers = Object.entries(operation.responses).flatMap(([status, answer]) =>
      ("content" in answer ? Object.entries(answer.content ?? {}) : []).map(
        ([, content]) => [`${status} of ${method} ${path}`, content] as const,
      ),
    );
    return [...bodies, ...answers];
  });
  test.each([
    ...examples,
    ["the webhook", document.webhooks["campaign.lead_completed"]?.post.requestBody.content["application/json"]] as const,
  ])("of %s fits its schema", (_, content) => {
    if (content === undefined) throw new Error("there is no content");
    const values = content.examples === undefined ? [content.example] : Object.values(content.examples).map(({ value }) => value);
    const validator = Compile(closed(document, content.schema));
    for (const value of values) expect(validator.Check(value) ? [] : [...validator.Errors(value)]).toEqual([]);
  });

  const withBody = table.filter(([, { operation }]) => operation.requestBody !== undefined);
  test.each(withBody)("of the body of %s is never refused for its form", async (_, { method, path, operation }) => {
    for (const [type, { example }] of Object.entries(operation.requestBody?.content ?? {})) {
      const { status, body } = await world.request(
        method,
        toUrl(path, operation),
        type === "application/json" ? example : String(example),
        { headers: { "content-type": type } },
      );
      expect([status, status === 400 ? body.error : ""]).toEqual([status, ""]);
    }
  });
});

describe("every documented route", () => {
  test.each(table)("%s answers, in the way it says", async (_, { method, path, operation }) => {
    const { status, body } = await world.request(method, toUrl(path, operation));
    expect([body?.error, status]).not.toEqual([expect.stringContaining("there is no such route"), 404]);
  });
});

/** The least role for each route; undefined for those that need no key. */
const needed: Record<string, Role | undefined> = {
  "GET /openapi.json": undefined,
  "GET /metrics": undefined,
  "GET /api/health": undefined,
  "GET /api/health/deep": "read",
  "GET /api/campaigns": "read",
  "POST /api/campaigns": "operator",
  "GET /api/campaigns/{id}": "read",
  "PUT /api/campaigns/{id}": "operator",
  "DELETE /api/campaigns/{id}": "operator",
  "POST /api/campaigns/{id}/start": "operator",
  "POST /api/campaigns/{id}/pause": "operator",
  "POST /api/campaigns/{id}/resume": "operator",
  "POST /api/campaigns/{id}/stop": "operator",
  "GET /api/campaigns/{id}/report": "read",
  "GET /api/campaigns/{id}/leads": "read",
  "POST /api/campaigns/{id}/leads": "operator",
  "GET /api/campaigns/{id}/leads/{leadId}": "read",
  "PATCH /api/campaigns/{id}/leads/{leadId}": "operator",
  "DELETE /api/campaigns/{id}/leads/{leadId}": "operator",
  "POST /api/campaigns/{id}/leads/{leadId}/retry": "operator",
  "GET /api/campaigns/dnc": "read",
  "POST /api/campaigns/dnc": "operator",
  "POST /api/campaigns/dnc/bulk": "operator",
  "DELETE /api/campaigns/dnc": "operator",
  "DELETE /api/campaigns/dnc/{id}": "operator",
  "GET /api/campaigns/dnc/check": "read",
  "GET /api/campaigns/dnc/export.csv": "read",
  "GET /api/agents": "read",
  "POST /api/agents": "operator",
  "GET /api/agents/{id}": "read",
  "PUT /api/agents/{id}": "operator",
  "DELETE /api/agents/{id}": "operator",
  "GET /api/agents/{id}/versions": "read",
  "POST /api/agents/{id}/versions": "operator",
  "GET /api/agents/{id}/versions/{version}": "read",
  "POST /api/agents/{id}/versions/{version}/rollback": "operator",
  "GET /api/agents/{id}/check": "read",
  "GET /api/agents/{id}/audio": "read",
  "POST /api/agents/{id}/audio": "operator",
  "GET /api/agents/{id}/audio/{audioId}": "read",
  "DELETE /api/agents/{id}/audio/{audioId}": "operator",
  "GET /api/calls": "read",
  "POST /api/calls/outbound": "operator",
  "GET /api/calls/{id}": "read",
  "POST /api/calls/{id}/end": "operator",
  "POST /api/calls/{id}/transfer": "operator",
  "POST /api/calls/{id}/outcome": "operator",
  "GET /api/calls/{id}/recording": "read",
  "DELETE /api/calls/{id}/recording": "operator",
  "GET /api/phone-numbers": "read",
  "POST /api/phone-numbers": "admin",
  "GET /api/phone-numbers/{id}": "read",
  "PUT /api/phone-numbers/{id}": "admin",
  "DELETE /api/phone-numbers/{id}": "admin",
  "GET /api/trunks": "read",
  "POST /api/trunks": "admin",
  "GET /api/trunks/profiles": "read",
  "GET /api/trunks/{id}": "read",
  "PUT /api/trunks/{id}": "admin",
  "DELETE /api/trunks/{id}": "admin",
  "POST /api/trunks/{id}/test": "admin",
  "GET /api/campaigns/{id}/forecast": "read",
  "GET /api/campaigns/{id}/export.csv": "read",
  "POST /api/campaigns/{id}/clone": "operator",
  "POST /api/campaigns/{id}/redial": "operator",
  "GET /api/compliance/presets": "read",
  "GET /api/settings/recordings": "admin",
  "PUT /api/settings/recordings": "admin",
  "GET /api/settings/limits": "admin",
  "PUT /api/settings/limits": "admin",
  "GET /api/settings/analysis": "admin",
  "PUT /api/settings/analysis": "admin",
  "POST /api/settings/analysis/test": "admin",
  "GET /api/settings/webhook": "admin",
  "PUT /api/settings/webhook": "admin",
  "POST /api/settings/webhook/test": "admin",
  "GET /api/webhooks/deliveries": "read",
  "GET /api/webhooks/deliveries/{id}": "read",
  "POST /api/webhooks/deliveries/{id}/resend": "operator",
  "POST /api/webhooks/resend": "operator",
  "GET /api/billing/balance": "read",
  "GET /api/billing/ledger": "read",
  "POST /api/billing/top-up": "admin",
  "PUT /api/billing/budget": "admin",
  "GET /api/billing/rates": "read",
  "PUT /api/billing/rates": "admin",
  "POST /api/agents/{id}/test": "operator",
  "GET /api/agents/{id}/credentials": "admin",
  "POST /api/agents/{id}/credentials/rotate": "admin",
  "GET /api/keys": "admin",
  "POST /api/keys": "admin",
  "DELETE /api/keys/{id}": "admin",
};

describe("who may ask", () => {
  test("every route is in the table of roles", () => {
    expect(table.map(([name]): string => name).sort()).toEqual(Object.keys(needed).sort());
  });

  for (const [name, { method, path, operation }] of table) {
    const role = needed[name];
    test(`${name}: ${role ?? "anyone"}, and the description says so`, async () => {
      expect(operation["x-required-role"]).toBe(role);
      expect(operation.description).toEndWith(role === undefined ? "Needs no key." : `Needs the role \`${role}\`.`);
      expect(operation.security).toEqual(role === undefined ? [] : undefined);
    });

    const expected = (asking: Role | undefined): string => {
      if (role === undefined) return "in";
      if (asking === undefined) return "401";
      return roles.indexOf(asking) >= roles.indexOf(role) ? "in" : "403";
    };
    for (const asking of [undefined, ...roles]) {
      test(`${name} with ${asking === undefined ? "no key" : `a key for ${asking}`}: ${expected(asking)}`, async () => {
        const { status } = await world.request(method, toUrl(path, operation), undefined, {
          key: asking === undefined ? null : world.keyFor(asking),
        });
        expect(status === 401 || status === 403 ? String(status) : "in").toBe(expected(asking));
      });
    }
  }
});

describe("the check of answers against the description", () => {
  const json = new Headers({ "content-type": "application/json" });
  const agents = { agents: [], total: 0, limit: 200, offset: 0, nextCursor: null };
  test("lets a good answer pass", () =>
    expect(problemsOf(document, "GET", "/api/agents?limit=1", { status: 200, body: agents, headers: json })).toEqual([]));
  test.each([
    ["a missing field", { status: 200, body: { ...agents, total: undefined }, headers: json }],
    ["a field that is not described", { status: 200, body: { ...agents, pages: 1 }, headers: json }],
    ["a field of another type", { status: 200, body: { ...agents, total: "0" }, headers: json }],
    ["a status that is not described", { status: 201, body: agents, headers: json }],
    ["another kind of body", { status: 200, body: agents, headers: new Headers({ "content-type": "text/html" }) }],
    ["a code that the route does not have", { status: 400, body: { error: "no", code: "wrong_state" }, headers: json }],
    ["a refusal that says nothing", { status: 400, body: { error: " ", code: "validation_failed" }, headers: json }],
    ["a 429 without Retry-After", { status: 429, body: { error: "wait", code: "rate_limited" }, headers: json }],
  ])("catches %s", (_, given) => expect(problemsOf(document, "GET", "/api/agents", given)).not.toEqual([]));
});
