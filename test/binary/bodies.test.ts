// Bodies as clients really send them, byte by byte over a socket to the compiled program: each with its exact answer.

import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { connect } from "node:net";
import { ADMIN_KEY } from "../support/ask.ts";
import { createSandbox, forTests, type Serving } from "../support/executable.ts";
import { untilAnswer } from "../support/until.ts";

const sandbox = createSandbox();
let serving: Serving;
let agentId: string;
let phoneNumberId: string;
let id: string;

beforeAll(async () => {
  serving = await sandbox.serve(sandbox.folder(), { args: ["--log", "warn"], environment: forTests });
  const { trunks } = (await serving.request<{ trunks: { id: string }[] }>("GET", "/api/trunks")).body;
  phoneNumberId = await create("/api/phone-numbers", { phoneNumber: "+912200000001", trunkId: trunks[0]?.id });
  agentId = await create("/api/agents", { name: "Ada" });
});
beforeEach(async () => {
  id = await create("/api/campaigns", { name: "Spring", agentId, phoneNumberId });
});
afterAll(async () => {
  const { exitCode, err } = await serving.end("SIGTERM");
  sandbox.clean();
  expect({ exitCode, err }).toEqual({ exitCode: 0, err: "" });
});

async function create(path: string, body: object): Promise<string> {
  const answer = await serving.request<{ id: string }>("POST", path, body);
  expect(answer.status).toBe(201);
  return answer.body.id;
}

/** Sends the bytes, closes the sending side with `then`, and gives what came back: nothing when the other side hung up. */
function exchange(bytes: Uint8Array, then: "listen" | "end" | "destroy" = "listen"): Promise<string> {
  return new Promise((resolve) => {
    let answer = "";
    const socket = connect({ port: Number(new URL(serving.url).port), host: "127.0.0.1", allowHalfOpen: true }, () => {
      if (then === "end") socket.end(bytes);
      else socket.write(bytes, () => then === "destroy" && socket.resetAndDestroy());
    });
    socket.on("data", (data) => {
      answer += data;
      const [head = "", body = ""] = answer.split("\r\n\r\n");
      if (Buffer.byteLength(body) >= Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0)) socket.destroy();
    });
    socket.on("error", () => undefined);
    socket.on("close", () => resolve(answer));
  });
}

function request(method: string, path: string, headers: readonly string[], body: string | Uint8Array): Uint8Array {
  const lines = [`${method} ${path} HTTP/1.1`, "host: localhost", `authorization: Bearer ${ADMIN_KEY}`, ...headers, "", ""];
  return Buffer.concat([Buffer.from(lines.join("\r\n")), Buffer.from(body)]);
}

/** Sends a whole body; no content type unless one is given. */
async function send(method: string, path: string, body: string | Uint8Array, type?: string) {
  const headers = [`content-length: ${Buffer.byteLength(body)}`, ...(type === undefined ? [] : [`content-type: ${type}`])];
  const [head = "", text = ""] = (await exchange(request(method, path, headers, body))).split("\r\n\r\n");
  return { status: Number(head.split(" ")[1]), body: JSON.parse(text) as unknown };
}

const upload = (csv: string) => send("POST", `/api/campaigns/${id}/leads`, csv, "text/csv");
const stored = async () =>
  (await serving.request<{ leads: { phoneNumber: string; variables: object }[] }>("GET", `/api/campaigns/${id}/leads`)).body.leads.map(
    ({ phoneNumber, variables }) => [phoneNumber, Object.entries(variables)],
  );
const taken = (inserted: number) => ({ status: 200, body: { inserted, csvErrors: [], duplicates: 0 } });
const refused = (status: number, error: string) => ({ status, body: { error, code: "validation_failed" } });

describe("JSON", () => {
  let place = 0;
  const number = () => `+9198765${String((place += 1)).padStart(5, "0")}`;
  const routes: [name: string, method: string, path: () => string, body: () => object, status: number][] = [
    ["a campaign", "POST", () => "/api/campaigns", () => ({ name: "Summer", agentId, phoneNumberId }), 201],
    ["a change of a campaign", "PUT", () => `/api/campaigns/${id}`, () => ({ name: "Summer" }), 200],
    ["leads", "POST", () => `/api/campaigns/${id}/leads`, () => ({ leads: [{ phoneNumber: number() }] }), 200],
    ["a CSV in JSON", "POST", () => `/api/campaigns/${id}/leads`, () => ({ csv: `phone\n${number()}` }), 200],
    [
      "a number for the list",
      "POST",
      () => "/api/campaigns/dnc",
      () => ({ phoneNumber: number(), reason: "asked us to", source: "api" }),
      201,
    ],
    ["many of them", "POST", () => "/api/campaigns/dnc/bulk", () => ({ entries: [{ phoneNumber: number() }] }), 200],
    ["an agent", "POST", () => "/api/agents", () => ({ name: "Bo" }), 201],
    ["a version", "POST", () => `/api/agents/${agentId}/versions`, () => ({ label: "May" }), 201],
    ["the webhook settings", "PUT", () => "/api/settings/webhook", () => ({ url: null }), 200],
  ];
  for (const [name, method, path, body, status] of routes) {
    test(`${name}: without a content type, under that of curl, and behind a byte order mark`, async () => {
      expect((await send(method, path(), JSON.stringify(body()))).status).toBe(status);
      expect((await send(method, path(), JSON.stringify(body()), "application/x-www-form-urlencoded")).status).toBe(status);
      expect((await send(method, path(), `\uFEFF${JSON.stringify(body())}`)).status).toBe(status);
    });
  }

  test("a CSV without a content type is no JSON", async () => {
    const answer = await send("POST", `/api/campaigns/${id}/leads`, "phone\n+919876500002\n");
    expect(answer).toMatchObject({
      status: 400,
      body: { code: "validation_failed", error: expect.stringMatching(/^the body is not valid JSON: /) },
    });
  });
});

describe("a CSV", () => {
  const rows = (separator: string, end: string) =>
    [
      ["phone", "first_name", "city"],
      ["+919876500001", "Asha", "Köln"],
      ["+919876500002", "", "Pune"],
    ]
      .map((cells) => cells.join(separator) + end)
      .join("");
  const kept: [string, [string, string][]][] = [
    [
      "+919876500001",
      [
        ["first_name", "Asha"],
        ["city", "Köln"],
      ],
    ],
    ["+919876500002", [["city", "Pune"]]],
  ];
  const forms: [string, string][] = [
    ["with commas and LF", rows(",", "\n")],
    ["with CRLF", rows(",", "\r\n")],
    ["with semicolons", rows(";", "\n")],
    ["with tabs", rows("\t", "\n")],
    ["as a spreadsheet saves it: a byte order mark, semicolons, CRLF", `\uFEFF${rows(";", "\r\n")}`],
  ];
  test.each(forms)("%s", async (_name, text) => {
    expect(await upload(text)).toEqual(taken(2));
    expect(await stored()).toEqual(kept);
  });

  test("with __proto__, constructor and toString for names", async () => {
    expect(await upload("phone,__proto__,constructor,toString\n+919876500001,a,b,c\n")).toEqual(taken(1));
    const text = await (await serving.get(`/api/campaigns/${id}/leads`, ADMIN_KEY)).text();
    expect(text).toContain('"variables":{"__proto__":"a","constructor":"b","toString":"c"}');
  });

  test("with a cell of 4,000 characters, and none of 4,001", async () => {
    expect(await upload(`phone,note\n+919876500001,${"ü".repeat(4_000)}\n`)).toEqual(taken(1));
    expect(await upload(`phone,note\n+919876500002,x\n+919876500003,${"ü".repeat(4_001)}\n`)).toEqual(
      refused(400, "row 3, column 2 has more than 4000 characters; nothing of this upload was kept"),
    );
    expect(await stored()).toHaveLength(1);
  });

  test("with 50 columns after the phone, and none with 51", async () => {
    const header = (count: number) =>
      `phone,${Array.from({ length: count }, (_, index) => `c${index}`).join()}\n+919876500001${",x".repeat(count)}\n`;
    expect(await upload(header(51))).toEqual(
      refused(400, "the header has 51 columns besides the phone column; there may be 50; nothing of this upload was kept"),
    );
    expect(await stored()).toEqual([]);
    expect(await upload(header(50))).toEqual(taken(1));
  });
});

describe("a body that is cut off", () => {
  const numbers = Array.from({ length: 1_200 }, (_, index) => `+9198${String(index).padStart(8, "0")}`);
  const csv = `phone,note\n${numbers.map((number) => `${number},x\n`).join("")}`;
  const json = JSON.stringify({ leads: numbers.map((phoneNumber) => ({ phoneNumber })) });
  const chunk = (text: string) => `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`;
  const cuts: [name: string, type: string, framing: string, sent: string, whole: string][] = [
    ["a CSV under a content-length", "text/csv", "content-length: 100000", csv, csv],
    ["a CSV between two chunks", "text/csv", "transfer-encoding: chunked", chunk(csv), csv],
    ["a CSV within a chunk", "text/csv", "transfer-encoding: chunked", `ffff\r\n${csv}`, csv],
    ["JSON under a content-length", "application/json", `content-length: ${json.length}`, json.slice(0, -1), json],
    ["JSON between two chunks", "application/json", "transfer-encoding: chunked", chunk(json), json],
  ];
  for (const [name, type, framing, sent, whole] of cuts) {
    for (const then of ["end", "destroy"] as const) {
      test(`${name}, by ${then === "end" ? "an end of the stream" : "a broken connection"}: nobody hears an answer, nothing stays, and it may be sent again under the same key`, async () => {
        const headers = [`content-type: ${type}`, `idempotency-key: ${id}`];
        expect(await exchange(request("POST", `/api/campaigns/${id}/leads`, [...headers, framing], sent), then)).toBe("");
        expect(await stored()).toEqual([]);
        const again = () => exchange(request("POST", `/api/campaigns/${id}/leads`, [...headers, `content-length: ${whole.length}`], whole));
        const answer = await untilAnswer(again, (text) => text !== "", 2_000);
        expect(answer).toContain('{"inserted":1200,"csvErrors":[],"duplicates":0}');
        expect(answer.toLowerCase()).not.toContain("idempotency-replayed");
      });
    }
  }
});
