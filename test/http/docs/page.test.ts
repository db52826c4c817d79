import { describe, expect, test } from "bun:test";
import { curlOf } from "../../../src/http/docs/curl.ts";
import { fieldTable } from "../../../src/http/docs/fields.ts";
import { toJsonText } from "../../../src/http/docs/markup.ts";
import { renderDocs } from "../../../src/http/docs/page.ts";
import type { OpenApiDocument, Operation } from "../../../src/http/openapi/model.ts";
import { documentOf } from "../../support/conformance.ts";
import { createWholeApi } from "../../support/whole-api.ts";

const world = createWholeApi();
const document = documentOf(world.api);
const page = renderDocs(document);
const operations = Object.values(document.paths).flatMap((methods) => Object.values(methods));

async function get(path: string): Promise<{ response: Response; text: string }> {
  const response = await world.api.handle(new Request(`http://localhost${path}`));
  return { response, text: await response.text() };
}

describe("GET /docs", () => {
  test("is there for everyone, without a key", async () => {
    const { response, text } = await get("/docs");
    expect([response.status, response.headers.get("content-type")]).toEqual([200, "text/html; charset=utf-8"]);
    expect(text).toBe(page);
  });

  test.each([
    ["/docs/docs.css", "text/css; charset=utf-8"],
    ["/docs/search.js", "text/javascript; charset=utf-8"],
  ])("brings its own %s", async (path, type) => {
    const { response, text } = await get(path);
    expect([response.status, response.headers.get("content-type"), text.length > 500]).toEqual([200, type, true]);
  });

  test("takes nothing from elsewhere, and has nothing inline that its policy would forbid", async () => {
    const policy = (await get("/docs")).response.headers.get("content-security-policy") ?? "";
    expect(policy).toStartWith("default-src 'none'; script-src 'self'; style-src 'self'");
    expect(policy).not.toMatch(/unsafe|https?:|\*/);
    expect([...page.matchAll(/(?:src|href)="([^"#]+)"/g)].map((found) => found[1]).filter((target) => target !== "/openapi.json")).toEqual([
      "data:,",
      "/docs/docs.css",
      "/docs/search.js",
    ]);
    expect(page).not.toMatch(/<style|style="|\son[a-z]+="|<script>/);
  });

  test("has an article and a link for every route and for the webhook, each once", () => {
    const ids = [...page.matchAll(/<article id="([^"]+)"/g)].map((found) => found[1]);
    expect([...ids].sort()).toEqual(
      [
        ...operations.map(({ operationId }) => operationId),
        ...Object.keys(document.webhooks).map((name) => `webhook-${name.replaceAll(/[._]/g, "-")}`),
      ].sort(),
    );
    for (const id of ids) expect(page.split(`<a href="#${id}">`)).toHaveLength(2);
  });

  test("leads nowhere that is not there", () => {
    for (const [, target] of page.matchAll(/href="#([^"]+)"/g)) expect(page).toContain(`id="${target}"`);
  });

  test("shows what a route needs: role, fields with type and limits, defaults, refusals, an example", () => {
    const article = page.slice(
      page.indexOf('<article id="createCampaign">'),
      page.indexOf("</article>", page.indexOf('<article id="createCampaign">')),
    );
    for (const words of [
      '<span class="role">operator</span>',
      "agentId",
      "required",
      '<span class="dim">retryPolicy.</span><wbr>maxAttempts',
      "1 to 10",
      "default <code>3</code>",
      "the first call included",
      "not_found",
      "curl -s $OUTDIAL/api/campaigns",
    ])
      expect(article).toContain(words);
  });

  test("shows words as words, whatever is in them", () => {
    const sly = '<script>alert("1")</script>';
    const operation: Operation = {
      operationId: "sly",
      tags: [sly],
      summary: sly,
      description: sly,
      responses: {
        200: {
          description: sly,
          content: {
            "application/json": {
              schema: { type: "object", properties: { [sly]: { description: sly, enum: [sly], default: sly } } },
              example: sly,
            },
          },
        },
      },
    };
    const made: OpenApiDocument = { ...document, tags: [{ name: sly, description: sly }], paths: { [`/${sly}`]: { get: operation } } };
    expect(renderDocs(made).split("<script").length).toBe(2);
  });
});

describe("JSON to read", () => {
  test.each([
    [[1, 2, 3], "[1, 2, 3]"],
    [{ a: [true, null], b: [] }, '{\n  "a": [true, null],\n  "b": []\n}'],
    [[{ a: 1 }, { a: [] }], '[\n  {\n    "a": 1\n  },\n  {\n    "a": []\n  }\n]'],
    [["a, b", 'c"]', "[ 1 ]", "d\\"], '["a, b", "c\\"]", "[ 1 ]", "d\\\\"]'],
    ["[ 1 ]", '"[ 1 ]"'],
  ])("%j", (value, text) => {
    expect(toJsonText(value)).toBe(text);
    expect(JSON.parse(toJsonText(value))).toEqual(value);
  });
});

describe("the line for a shell", () => {
  const operation: Operation = { operationId: "x", tags: [], summary: "", description: "", responses: {} };
  test("names the method only where curl would guess wrong", () => {
    const body = { required: true, content: { "application/json": { schema: {}, example: { a: 1 } } } };
    expect(curlOf("get", "/a", operation, [])).toBe('curl -s $OUTDIAL/a -H "$AUTH"');
    expect(curlOf("post", "/a", operation, [])).toBe('curl -s -X POST $OUTDIAL/a -H "$AUTH"');
    expect(curlOf("post", "/a", { ...operation, requestBody: body }, [])).toBe(`curl -s $OUTDIAL/a -H "$AUTH" -d '{\n  "a": 1\n}'`);
    expect(curlOf("put", "/a", { ...operation, requestBody: body }, [])).toStartWith("curl -s -X PUT ");
    expect(curlOf("get", "/a", { ...operation, security: [] }, [])).toBe("curl -s $OUTDIAL/a");
  });

  test("puts ids into the path, and an apostrophe through the shell unharmed", async () => {
    const id = { name: "id", in: "path", required: true, schema: {}, example: "cmp_1" } as const;
    const body = { required: true, content: { "application/json": { schema: {}, example: "it's" } } };
    const line = curlOf("post", "/a/{id}", { ...operation, requestBody: body }, [id]);
    const said = Bun.spawnSync(["sh", "-c", line.replace("curl -s", "printf '%s\\n'")], { env: { OUTDIAL: "http://x", AUTH: "A: b" } });
    expect(said.stdout.toString()).toBe('http://x/a/cmp_1\n-H\nA: b\n-d\n"it\'s"\n');
  });
});

describe("the table of fields", () => {
  const rows = (schema: Parameters<typeof fieldTable>[0]) =>
    [...fieldTable(schema, (same) => same).matchAll(/<tr>(.*?)<\/tr>/g)].map((found) =>
      (found[1] ?? "").replaceAll(/<\/t[hd]>/g, "|").replaceAll(/<[^>]+>/g, ""),
    );
  test.each([
    [{ type: "string", minLength: 1, maxLength: 9 }, "a|string|1 to 9 characters|"],
    [{ type: ["integer", "null"], minimum: 0, default: 5 }, "a|integer or null|0 or more; default 5|"],
    [
      { type: "array", items: { type: "string", enum: ["x", "y"] }, maxItems: 2, uniqueItems: true },
      "a|list of string|x y; 2 elements at most; each once|",
    ],
    [{ type: "string", format: "date-time", description: "when" }, "a|instant|when|"],
    [{ type: "object", additionalProperties: { type: "number" } }, "a|object of number||"],
    [{ anyOf: [{ type: "string" }, { type: "number" }] }, "a|string or number||"],
    [{ type: "string", pattern: "\\S", writeOnly: true }, "a|string|not blank; never shown|"],
  ])("of %j", (schema, row) => expect(rows({ type: "object", properties: { a: schema } })).toEqual([row]));

  test("names inner fields in full, through lists too", () => {
    const inner = { type: "object", properties: { b: { type: "string" } }, required: ["b"] };
    expect(rows({ type: "object", properties: { a: inner, l: { type: "array", items: inner } } })).toEqual([
      "a|object||",
      "a.b required|string||",
      "l|list of object||",
      "l[].b required|string||",
    ]);
  });
});
