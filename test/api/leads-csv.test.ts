import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { connect } from "node:net";
import { resumeUploads } from "../../src/leads/upload/import.ts";
import { countLeads } from "../../src/leads/store.ts";
import { completeUpload, insertUpload, isUploadMoving, stageLeads } from "../../src/leads/upload/waiting-rows.ts";
import { createWorld, insertCampaignRow, someNumbers, type World } from "../support/world.ts";

let world: World;
let id: string;
beforeEach(() => {
  world = createWorld();
  id = insertCampaignRow(world).id;
});

const CSV = { "content-type": "text/csv" };
const send = (body: unknown, headers: Record<string, string> = {}) =>
  world.request("POST", `/api/campaigns/${id}/leads`, body, { headers: { ...CSV, ...headers } });
const leads = async () =>
  (await world.request("GET", `/api/campaigns/${id}/leads?limit=1000`)).body.leads as {
    phoneNumber: string;
    variables: Record<string, string>;
  }[];
const csvOf = (count: number, note = "x") =>
  `phone,note\n${someNumbers(count)
    .map((number) => `${number},${note}\n`)
    .join("")}`;

/** Nothing of an upload is left, seen or unseen. */
function expectNothing(campaignId = id) {
  expect(countLeads(world.db, campaignId)).toBe(0);
  for (const table of ["leads", "lead_uploads", "lead_upload_rows"])
    expect(world.db.sqlite.query(`SELECT count(*) AS n FROM ${table}`).get()).toEqual({ n: 0 });
}

describe("a CSV", () => {
  const text = 'phone,first_name,city\r\n+91 98765 40486,Arjun,\r\n12,Bob,Köln\r\n+4915200000486,"Köhler, Ann",Köln\r\n';
  const taken = {
    inserted: 2,
    csvErrors: [{ row: 3, phone: "12", error: "'12' has no country code; it must be in E.164 form, such as +919876543210" }],
    duplicates: 0,
  };
  const stored = [
    ["+919876540486", { first_name: "Arjun" }],
    ["+4915200000486", { first_name: "Köhler, Ann", city: "Köln" }],
  ];
  const utf8 = new TextEncoder().encode(text);
  const inPieces = (size: number) =>
    new ReadableStream({
      start(controller) {
        for (let start = 0; start < utf8.length; start += size) controller.enqueue(utf8.slice(start, start + size));
        controller.close();
      },
    });

  const forms: [name: string, send: () => Promise<{ status: number; body: unknown }>][] = [
    ["as text/csv", () => send(text)],
    ["as text/csv with a charset", () => send(text, { "content-type": "text/csv; charset=utf-8" })],
    ["with a byte order mark", () => send(new Uint8Array([0xef, 0xbb, 0xbf, ...utf8]))],
    ["in chunks that cut characters in two", () => send(inPieces(1))],
    ["inside JSON", () => world.request("POST", `/api/campaigns/${id}/leads`, { csv: text })],
    ["inside JSON with a byte order mark", () => world.request("POST", `/api/campaigns/${id}/leads`, { csv: `\uFEFF${text}` })],
  ];
  for (const [name, sendForm] of forms) {
    test(`${name}: the good rows go in, the bad ones are reported`, async () => {
      expect(await sendForm()).toMatchObject({ status: 200, body: taken });
      expect((await leads()).map(({ phoneNumber, variables }) => [phoneNumber, variables])).toEqual(stored);
      expect(world.control.nudges).toBe(1);
    });
  }

  test("with a header alone adds nothing", async () =>
    expect((await send("phone,a\n")).body).toEqual({ inserted: 0, csvErrors: [], duplicates: 0 }));

  test("keeps __proto__ and constructor as variables", async () => {
    await send("phone,__proto__,constructor\n+919876540486,a,b\n");
    expect(Object.entries((await leads())[0]?.variables ?? {})).toEqual([
      ["__proto__", "a"],
      ["constructor", "b"],
    ]);
  });

  test("counts duplicates in itself and against the campaign, over several slices; the first one wins", async () => {
    await send("phone,note\n+919800000001,before\n");
    const body = csvOf(2_000, "first") + csvOf(2_000, "second").replace("phone,note\n", "");
    expect((await send(body)).body).toEqual({ inserted: 1_999, csvErrors: [], duplicates: 2_001 });
    const all = await leads();
    expect([all[0]?.variables, all[1]?.variables, new Set(all.slice(1).map((lead) => lead.variables.note))]).toEqual([
      { note: "before" },
      { note: "first" },
      new Set(["first"]),
    ]);
    expect(countLeads(world.db, id)).toBe(2_000);
  });

  test("keeps the order of the file, and leaves no trace of its staging", async () => {
    const numbers = someNumbers(1_500).toReversed();
    await send(`phone\n${numbers.join("\n")}`);
    expect((await leads()).map((lead) => lead.phoneNumber)).toEqual(numbers.slice(0, 1_000));
    expect(
      world.db.sqlite.query("SELECT (SELECT count(*) FROM lead_uploads) + (SELECT count(*) FROM lead_upload_rows) AS n").get(),
    ).toEqual({ n: 0 });
  });

  test("reports 1,000 bad rows at most, then how many there were", async () => {
    const { body } = await send(`phone\n${"12\n".repeat(1_000)}`);
    expect([body.csvErrors.length, body.csvErrorsTotal]).toEqual([1_000, undefined]);
    const more = await send(`phone\n${"12\n".repeat(1_001)}+919876540486\n`);
    expect([more.body.csvErrors.length, more.body.csvErrorsTotal, more.body.csvErrors[999].row, more.body.inserted]).toEqual([
      1_000, 1_001, 1_001, 1,
    ]);
  });

  test("shows at most 64 characters of what stood where a number should be", async () => {
    expect((await send(`phone\n${"9".repeat(3_000)}`)).body.csvErrors[0].phone).toBe("9".repeat(64));
  });
});

describe("an upload of which nothing stays", () => {
  const long = "x".repeat(4_001);
  const badBytes = new Uint8Array([...new TextEncoder().encode(csvOf(1_200)), 0x2b, 0xff, 0xfe]);
  const bad: [what: string, body: string | Uint8Array, sentence: string][] = [
    ["an empty body", "", "the first row of the CSV is empty"],
    ["no phone column", "name,city\nAnn,Köln", "the header has no phone column"],
    ["two phone columns", "phone,number\n+919876540486,1", "2 phone columns"],
    ["a bad name", "phone,a/b\n+919876540486,1", "is not a name"],
    ["a name twice", "phone,a,a\n+919876540486,1,2", "the column 'a' twice"],
    ["51 columns", `phone,${Array.from({ length: 51 }, (_, index) => `c${index}`).join()}\n`, "51 columns"],
    ["a cell of 4,001 characters", `${csvOf(1_200)}+919876540486,${long}\n`, "row 1202, column 2 has more than 4000 characters"],
    [
      "a quote that is never closed",
      `${csvOf(1_200)}+919876540486,"cut`,
      "row 1202 has a quote that is not closed, or the CSV was cut off",
    ],
    ["bytes that are not UTF-8", badBytes, "the CSV is not UTF-8"],
    ["UTF-16", new Uint8Array([0xff, 0xfe, 0x70, 0]), "the CSV is not UTF-8"],
    ["a character cut in two at its end", new Uint8Array([...new TextEncoder().encode(csvOf(1_200)), 0xc3]), "the CSV is not UTF-8"],
  ];
  for (const [what, body, sentence] of bad) {
    test(`${what}: 400`, async () => {
      const answer = await send(body);
      expect([answer.status, answer.body.code]).toEqual([400, "validation_failed"]);
      expect(answer.body.error).toContain(sentence);
      expectNothing();
      expect(world.control.nudges).toBe(0);
    });
  }

  test("is shorter than its content-length", async () => {
    const answer = await send(csvOf(1_200), { "content-length": "100000" });
    expect([answer.status, answer.body.error]).toEqual([400, expect.stringContaining("its content-length is 100000")]);
    expectNothing();
  });

  test("has more than 50,000 rows inside JSON: 413", async () => {
    const answer = await world.request("POST", `/api/campaigns/${id}/leads`, { csv: csvOf(50_001) });
    expect([answer.status, answer.body.code, answer.body.error]).toEqual([
      413,
      "body_too_large",
      "an upload of this kind may have 50000 leads at most; nothing of it was kept",
    ]);
    expectNothing();
  });

  test("has more than 1,000,000 rows: 413", async () => {
    const piece = new TextEncoder().encode("1\n".repeat(10_001));
    let pieces = 0;
    const stream = new ReadableStream({
      pull(controller) {
        if (pieces === 100) return controller.close();
        controller.enqueue(pieces === 0 ? new TextEncoder().encode(`phone\n+919800000001\n${"1\n".repeat(10_000)}`) : piece);
        pieces += 1;
      },
    });
    const answer = await send(stream);
    expect([answer.status, answer.body.code, answer.body.error]).toEqual([
      413,
      "body_too_large",
      "an upload of this kind may have 1000000 leads at most; nothing of it was kept",
    ]);
    expectNothing();
  });

  test("is encoded: 415", async () => {
    expect(await send(csvOf(1), { "content-encoding": "gzip" })).toMatchObject({ status: 415, body: { code: "unsupported_media_type" } });
    expectNothing();
  });

  test("is a form with a file: 415", async () => {
    expect(await send("--x--", { "content-type": "multipart/form-data; boundary=x" })).toMatchObject({
      status: 415,
      body: { code: "unsupported_media_type" },
    });
  });

  test("whose campaign is completed while it comes in: 409", async () => {
    const answer = await send(slowly(() => world.db.sqlite.query("UPDATE campaigns SET status = 'completed' WHERE id = ?1").run(id)));
    expect([answer.status, answer.body.code]).toEqual([409, "wrong_state"]);
    expectNothing();
  });

  test("whose campaign is deleted while it comes in: 404", async () => {
    const answer = await send(slowly(async () => expect((await world.request("DELETE", `/api/campaigns/${id}`)).status).toBe(204)));
    expect([answer.status, answer.body.code]).toEqual([404, "not_found"]);
    expectNothing();
  });

  /** A body with more than a slice, then `meanwhile`, then its end. */
  function slowly(meanwhile: () => unknown): ReadableStream {
    const encoder = new TextEncoder();
    let piece = 0;
    return new ReadableStream({
      async pull(controller) {
        piece += 1;
        if (piece === 1) return controller.enqueue(encoder.encode(csvOf(1_200)));
        await meanwhile();
        controller.enqueue(encoder.encode("+14155550132,last\n"));
        controller.close();
      },
    });
  }
});

describe("a connection that breaks", () => {
  afterEach(async () => void (await world.api.stop(true)));

  for (const framing of ["content-length: 100000", "transfer-encoding: chunked"]) {
    test(`with ${framing}: nothing of the upload stays`, async () => {
      world.api.listen({ port: 0, hostname: "127.0.0.1" });
      const body = csvOf(1_200);
      const first = framing.startsWith("content") ? body : `${body.length.toString(16)}\r\n${body}\r\n`;
      const isStaged = () => (world.db.sqlite.query<{ n: number }, []>("SELECT count(*) AS n FROM lead_upload_rows").get()?.n ?? 0) > 0;
      const socket = connect(world.api.server?.port ?? 0, "127.0.0.1");
      socket.write(
        `POST /api/campaigns/${id}/leads HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer ${world.adminKey}\r\ncontent-type: text/csv\r\n${framing}\r\n\r\n${first}`,
      );
      await until(isStaged);
      socket.destroy();
      await until(() => !isStaged());
      expectNothing();
      expect(world.logged.join()).not.toContain("http.bug");
    });
  }

  async function until(isSo: () => boolean) {
    for (let turn = 0; !isSo(); turn += 1) {
      if (turn > 20_000) throw new Error("it did not come to pass");
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
});

describe("an upload that a crash cut short", () => {
  const staged = (count: number) =>
    someNumbers(count).map((phoneNumber, index) => ({ id: world.newId("ld"), phoneNumber, variables: '{"a":"b"}', row: index + 2 }));

  test("before its body was whole: is dropped at the next start", async () => {
    insertUpload(world.db, { id: "upl_1", campaignId: id }, 1);
    stageLeads(world.db, "upl_1", staged(1_200));
    expect((await leads()).length).toBe(0);
    await resumeUploads(world);
    expectNothing();
  });

  test("after it was taken whole: is finished at the next start, and the campaign counts as unfinished until then", async () => {
    insertUpload(world.db, { id: "upl_1", campaignId: id }, 1);
    stageLeads(world.db, "upl_1", staged(1_200));
    completeUpload(world.db, "upl_1");
    expect(isUploadMoving(world.db, id)).toBe(true);
    await resumeUploads(world);
    expect(countLeads(world.db, id)).toBe(1_200);
    expect(isUploadMoving(world.db, id)).toBe(false);
    expect(world.db.sqlite.query("SELECT count(*) AS n FROM lead_upload_rows").get()).toEqual({ n: 0 });
    await resumeUploads(world);
    expect(countLeads(world.db, id)).toBe(1_200);
  });

  test("and whose campaign was deleted: leaves nothing", async () => {
    insertUpload(world.db, { id: "upl_1", campaignId: id }, 1);
    stageLeads(world.db, "upl_1", staged(700));
    completeUpload(world.db, "upl_1");
    await world.request("DELETE", `/api/campaigns/${id}`);
    await resumeUploads(world);
    expectNothing();
  });
});

describe("the counters", () => {
  test("agree with the leads after uploads, moves and deletions", async () => {
    await send(csvOf(1_300));
    await send(csvOf(1_400));
    world.db.sqlite.run("UPDATE leads SET status = 'busy' WHERE phone_number < '+919800000300'");
    world.db.sqlite.run("DELETE FROM leads WHERE phone_number < '+919800000010'");
    const counted = world.db.sqlite.query("SELECT status, count FROM lead_counts WHERE count > 0 ORDER BY status").all();
    expect(counted).toEqual(world.db.sqlite.query("SELECT status, count(*) AS count FROM leads GROUP BY status ORDER BY status").all());
  });
});
