// The do-not-call list as files, in and out, and the events that tell of additions.

import { describe, expect, test } from "bun:test";
import { addCsvToDnc } from "../../src/dnc/csv-import.ts";
import type { Role } from "../../src/http/door/roles.ts";
import { addToDnc } from "../../src/dnc/service.ts";
import { isOnDnc } from "../../src/dnc/store.ts";
import { writeStoredWebhook } from "../../src/settings/store.ts";
import { noSecrets } from "../../src/settings/signing-secrets.ts";
import { createNouns, expectRefusal, type Nouns } from "../support/nouns.ts";

const PATH = "/api/campaigns/dnc";
const numberAt = (index: number) => `+9198765${String(index).padStart(5, "0")}`;
const countRows = ({ db }: Nouns) => db.sqlite.query<{ n: number }, []>("SELECT count(*) AS n FROM dnc").get()?.n;

async function send(
  { api, keyFor }: Nouns,
  body: string,
  { role = "admin", headers = {} }: { role?: Role; headers?: Record<string, string> } = {},
) {
  const response = await api.handle(
    new Request(`http://localhost${PATH}`, {
      method: "POST",
      body,
      headers: { authorization: `Bearer ${keyFor(role)}`, "content-type": "text/csv", ...headers },
    }),
  );
  return { status: response.status, json: (await response.json()) as any };
}

async function exported({ api, keyFor }: Nouns): Promise<string> {
  return (
    await api.handle(new Request(`http://localhost${PATH}/export.csv`, { headers: { authorization: `Bearer ${keyFor("read")}` } }))
  ).text();
}

/** What the verbs need, apart from the API. */
function edgeless({ db, clock, newId }: Nouns) {
  return { db, clock, newId, control: { hangUp: () => undefined }, onEvent: () => undefined, pause: async () => undefined };
}

describe("a CSV of numbers", () => {
  test("goes in row by row; bad rows are told, duplicates counted, other columns left alone", async () => {
    const nouns = createNouns();
    await nouns.ask("POST", PATH, { phoneNumber: numberAt(1), reason: "stands" });
    const csv = [
      "Phone,reason,source,first_name",
      `+91 98765-00002,"asked, twice",registry,Ann`,
      "12,,,",
      `${numberAt(1)},again,,`,
      `${numberAt(2)},second,,`,
      `${numberAt(3)},,,Bob`,
      `${numberAt(4)},,hearsay,`,
      `${numberAt(5)},${"x".repeat(1_001)},,`,
    ].join("\r\n");
    expect(await send(nouns, csv)).toEqual({
      status: 200,
      json: {
        inserted: 2,
        duplicates: 2,
        csvErrors: [
          { row: 3, phone: "12", error: "'12' has no country code; it must be in E.164 form, such as +919876543210" },
          { row: 7, phone: numberAt(4), error: "source is 'hearsay'; it must be one of manual, opt_out, imported, api, registry" },
          { row: 8, phone: numberAt(5), error: "the reason has more than 1000 characters" },
        ],
      },
    });
    const { entries } = (await nouns.ask("GET", PATH)).json;
    expect(entries.map((entry: any) => [entry.phoneNumber, entry.reason, entry.source])).toEqual([
      [numberAt(1), "stands", "manual"],
      [numberAt(2), "asked, twice", "registry"],
      [numberAt(3), null, "imported"],
    ]);
  });

  test.each([";", "\t"])("may be separated by %j, and its columns named in any case", async (separator) => {
    const nouns = createNouns();
    await send(nouns, `PHONE_NUMBER${separator}Reason${separator}SOURCE\n${numberAt(1)}${separator}asked${separator}opt_out`);
    expect((await nouns.ask("GET", PATH)).json.entries).toMatchObject([{ phoneNumber: numberAt(1), reason: "asked", source: "opt_out" }]);
  });

  test("is written in slices of 500 at most, the first ones shorter, with a pause after each; ringing calls are ended after the commit of each", async () => {
    const seen: (number | undefined)[] = [];
    const ended: boolean[] = [];
    const nouns = createNouns({
      onPause: () => seen.push(countRows(nouns)),
      onHangUp: (db, number) => ended.push(!db.sqlite.inTransaction && isOnDnc(db, number)),
    });
    expect((await send(nouns, `phone\n${Array.from({ length: 1_200 }, (_, index) => numberAt(index)).join("\n")}`)).json).toEqual({
      inserted: 1_200,
      duplicates: 0,
      csvErrors: [],
    });
    const slices = seen.map((rows = 0, place) => rows - (seen[place - 1] ?? 0));
    expect([Math.max(...slices), seen.at(-1)]).toEqual([500, 1_200]);
    expect(slices[0]).toBeLessThan(100);
    expect([ended.length, ended.every(Boolean)]).toEqual([1_200, true]);
  });

  test("reports 1,000 bad rows at most, then how many there were", async () => {
    const { json } = await send(createNouns(), `phone\n${"12\n".repeat(1_002)}`);
    expect([json.csvErrors.length, json.csvErrorsTotal, json.inserted]).toEqual([1_000, 1_002, 0]);
  });

  const broken: [what: string, body: string, headers: Record<string, string>, status: number, sentence: RegExp][] = [
    ["no phone column", "name\nAnn", {}, 400, /the header has no phone column/],
    ["nothing in it", "", {}, 400, /the first row of the CSV is empty/],
    ["an encoding", "phone\n", { "content-encoding": "gzip" }, 415, /encoded as 'gzip'/],
  ];
  test.each(broken)("with %s is refused", async (_, body, headers, status, sentence) => {
    const nouns = createNouns();
    const answer = await send(nouns, body, { headers });
    expect([answer.status, answer.json.error]).toEqual([status, expect.stringMatching(sentence)]);
    expect(countRows(nouns)).toBe(0);
  });

  test("that breaks off leaves the numbers before on the list: whoever asked to be left alone is", async () => {
    const nouns = createNouns();
    const rows = Array.from({ length: 5_000 }, (_, index) => numberAt(index)).join("\n");
    const cut = await send(nouns, `phone\n${rows}\n"+9198`);
    expectRefusal(
      cut,
      400,
      "validation_failed",
      /quote that is not closed.*; the numbers before that are on the list, and sending it again adds the others/,
    );
    const short = await send(nouns, `phone\n${rows}`, { headers: { "content-length": "999999" } });
    expectRefusal(short, 400, "validation_failed", /its content-length is 999999; the numbers before that are on the list/);
    expect(countRows(nouns)).toBeGreaterThan(2_000);
  });

  test("with more rows than the list is made for is a 413, and the rows before are on it", async () => {
    const nouns = createNouns();
    const deps = edgeless(nouns);
    async function* batches() {
      for (const start of [0, 2]) yield [start, start + 1].map((index) => ({ row: index + 2, phone: numberAt(index), variables: {} }));
    }
    await expect(addCsvToDnc(deps, batches(), 3)).rejects.toMatchObject({
      code: "body_too_large",
      message: "a CSV of numbers may have 3 rows at most; the numbers before that are on the list, and sending it again adds the others",
    });
    expect(countRows(nouns)).toBe(2);
    expect(await addCsvToDnc(deps, batches(), 4)).toMatchObject({ inserted: 2, duplicates: 2 });
  });

  test.each([
    ["read", 403],
    ["operator", 200],
  ] as const)("as %s: %d", async (role, status) => {
    expect((await send(createNouns(), "phone\n", { role })).status).toBe(status);
  });
});

describe("the exported list", () => {
  test("has every entry, oldest first, and runs nothing in a spreadsheet", async () => {
    const nouns = createNouns();
    await nouns.ask("POST", PATH, { phoneNumber: numberAt(9), reason: '=cmd|"/c calc"!A0', source: "opt_out" });
    nouns.clock.advance(1_000);
    await nouns.ask("POST", PATH, { phoneNumber: numberAt(1) });
    expect(await exported(nouns)).toBe(
      `phone,reason,source,created_at\r\n${numberAt(9)},"'=cmd|""/c calc""!A0",opt_out,2026-05-06T05:30:00.000Z\r\n${numberAt(1)},,manual,2026-05-06T05:30:01.000Z\r\n`,
    );
  });

  test("of an empty list is a header", async () => expect(await exported(createNouns())).toBe("phone,reason,source,created_at\r\n"));

  test("goes over many pages and can be imported again", async () => {
    const nouns = createNouns();
    await send(nouns, `phone,reason\n${Array.from({ length: 2_500 }, (_, index) => `${numberAt(index)},"a, ${index}"`).join("\n")}`);
    const csv = await exported(nouns);
    const other = createNouns();
    expect((await send(other, csv)).json).toEqual({ inserted: 2_500, duplicates: 0, csvErrors: [] });
    expect(new Set((await exported(other)).split("\r\n").map((line) => line.replace(/,[^,]*$/, "")))).toEqual(
      new Set(csv.split("\r\n").map((line) => line.replace(/,[^,]*$/, ""))),
    );
  });
});

describe("the event dnc.added", () => {
  const URL = "https://crm.example.com/hook";
  const subscribe = ({ db }: Nouns, events: string[] | null = null, url: string | null = URL) =>
    writeStoredWebhook(db, { url, events, secrets: noSecrets });
  const events = ({ db }: Nouns) =>
    db.sqlite.query<any, []>("SELECT id, event, lead_id, campaign_id, url, body FROM deliveries ORDER BY sequence").all();

  test("is written with the entry that it tells of, and delivery is told", async () => {
    const nouns = createNouns();
    subscribe(nouns);
    const { json } = await nouns.ask("POST", PATH, { phoneNumber: numberAt(1), reason: "asked", source: "opt_out" });
    const [event, ...more] = events(nouns);
    expect(more).toEqual([]);
    expect(event).toMatchObject({ id: expect.stringMatching(/^whd_/), event: "dnc.added", lead_id: null, campaign_id: null, url: URL });
    expect(JSON.parse(event.body)).toEqual({ event: "dnc.added", timestamp: "2026-05-06T05:30:00.000Z", entries: [json] });
    expect(nouns.events()).toBe(1);
  });

  test("is not sent for a number that was listed", async () => {
    const nouns = createNouns();
    await nouns.ask("POST", PATH, { phoneNumber: numberAt(1) });
    subscribe(nouns);
    await nouns.ask("POST", PATH, { phoneNumber: numberAt(1) });
    await nouns.ask("POST", `${PATH}/bulk`, { entries: [{ phoneNumber: numberAt(1) }] });
    expect(events(nouns)).toEqual([]);
  });

  test("of a bulk and of a CSV is one for each slice, with the new numbers alone", async () => {
    const nouns = createNouns();
    await nouns.ask("POST", PATH, { phoneNumber: numberAt(0) });
    subscribe(nouns, ["dnc.added"]);
    await nouns.ask("POST", `${PATH}/bulk`, { entries: Array.from({ length: 600 }, (_, index) => ({ phoneNumber: numberAt(index) })) });
    await send(nouns, `phone\n${numberAt(0)}\n${numberAt(700)}\n`);
    expect(events(nouns).map(({ body }) => JSON.parse(body).entries.length)).toEqual([499, 100, 1]);
    expect(
      new Set(events(nouns).flatMap(({ body }) => JSON.parse(body).entries.map((entry: { phoneNumber: string }) => entry.phoneNumber)))
        .size,
    ).toBe(600);
  });

  test.each([
    ["without a URL", null, null],
    ["where it is not wanted", ["campaign.lead_completed"], URL],
  ] as [string, string[] | null, string | null][])("%s is not written", async (_, wanted, url) => {
    const nouns = createNouns();
    subscribe(nouns, wanted, url);
    expect((await nouns.ask("POST", PATH, { phoneNumber: numberAt(1) })).status).toBe(201);
    expect(events(nouns)).toEqual([]);
  });

  test("and the entry are written together or not at all", async () => {
    const nouns = createNouns();
    subscribe(nouns);
    nouns.db.sqlite.run("CREATE TRIGGER no_events BEFORE INSERT ON deliveries BEGIN SELECT RAISE(ABORT, 'no'); END");
    expect(() => addToDnc(edgeless(nouns), { phoneNumber: numberAt(1) })).toThrow("no");
    expect(countRows(nouns)).toBe(0);
    nouns.db.sqlite.run("DROP TRIGGER no_events");
    expect(addToDnc(edgeless(nouns), { phoneNumber: numberAt(1) }).isNew).toBe(true);
  });
});
