// /api/webhooks: looking through deliveries, and sending them again.

import { beforeEach, describe, expect, test } from "bun:test";
import type { Db } from "../../src/database/open.ts";
import type { Role } from "../../src/http/door/roles.ts";
import { SECOND } from "../../src/runtime/clock.ts";
import { transact } from "../../src/database/transaction.ts";
import type { WebhookEventName } from "../../src/webhooks/events/event.ts";
import { enqueue } from "../../src/webhooks/events/outbox.ts";
import { listDeliveries } from "../../src/webhooks/archive.ts";
import { resendAll } from "../../src/webhooks/service.ts";
import { dueDeliveries, recordDead, recordDelivered, recordRetry } from "../../src/webhooks/store.ts";
import { createNouns, expectRefusal, type Nouns } from "../support/nouns.ts";

const PATH = "/api/webhooks/deliveries";
const UNKNOWN = "whd_00000000000000000000000000";

let nouns: Nouns;
beforeEach(() => {
  nouns = createNouns();
});
const ask = (method: string, path: string, body?: unknown, role?: Role | null) => nouns.ask(method, path, body, role);

interface Wish {
  event?: WebhookEventName;
  campaignId?: string | null;
  leadId?: string | null;
  end?: "delivered" | "dead" | "retry";
}

/** A delivery a second after the one before; gives its id. */
function put({ event = "campaign.lead_completed", campaignId = "cmp_1", leadId = null, end }: Wish = {}): string {
  const { db, clock, newId } = nouns;
  clock.advance(SECOND);
  const id = newId("whd");
  const now = clock.now();
  transact(db, () =>
    enqueue(db, { id, event, campaignId, leadId, url: "https://crm.example.com/hook?token=secret", body: `{"id":"${id}"}`, now }),
  );
  if (end === "delivered") recordDelivered(db, { id, at: now, responseStatus: 204 });
  if (end === "dead") recordDead(db, { id, at: now, responseStatus: 410 }, "the receiver answered 410");
  if (end === "retry") recordRetry(db, { id, at: now, responseStatus: null }, now + 60_000, "no answer within 15 s");
  return id;
}
const idsOf = (answer: { json: { deliveries: { id: string }[] } }) => answer.json.deliveries.map(({ id }) => id);
const stored = (id: string) => nouns.db.sqlite.query<any, [string]>("SELECT * FROM deliveries WHERE id = ?1").get(id);

describe("looking through deliveries", () => {
  test("shows each with its last answer and its next try, newest first, and no URL", async () => {
    const [first, second, third] = [
      put({ end: "delivered", leadId: "ld_1" }),
      put({ end: "dead" }),
      put({ end: "retry", campaignId: null }),
    ];
    const { status, json } = await ask("GET", PATH);
    expect(status).toBe(200);
    expect(json).toEqual({
      deliveries: [
        {
          id: third,
          event: "campaign.lead_completed",
          campaignId: null,
          leadId: null,
          host: "crm.example.com",
          status: "pending",
          attempts: 1,
          nextAttemptAt: "2026-05-06T05:31:03.000Z",
          createdAt: "2026-05-06T05:30:03.000Z",
          deliveredAt: null,
          responseStatus: null,
          lastError: "no answer within 15 s",
        },
        {
          id: second,
          event: "campaign.lead_completed",
          campaignId: "cmp_1",
          leadId: null,
          host: "crm.example.com",
          status: "dead",
          attempts: 1,
          nextAttemptAt: null,
          createdAt: "2026-05-06T05:30:02.000Z",
          deliveredAt: null,
          responseStatus: 410,
          lastError: "the receiver answered 410",
        },
        {
          id: first,
          event: "campaign.lead_completed",
          campaignId: "cmp_1",
          leadId: "ld_1",
          host: "crm.example.com",
          status: "delivered",
          attempts: 1,
          nextAttemptAt: null,
          createdAt: "2026-05-06T05:30:01.000Z",
          deliveredAt: "2026-05-06T05:30:01.000Z",
          responseStatus: 204,
          lastError: null,
        },
      ],
      total: 3,
      limit: 200,
      offset: 0,
      nextCursor: null,
    });
    expect(JSON.stringify(json)).not.toContain("secret");
  });

  const wishes: Wish[] = [
    { end: "delivered", leadId: "ld_1" },
    { end: "dead", campaignId: "cmp_2" },
    { event: "dnc.added", campaignId: null, end: "delivered" },
    { leadId: "ld_1", end: "retry" },
    { event: "dnc.added", campaignId: null, end: "dead" },
  ];
  test.each([
    ["", [4, 3, 2, 1, 0]],
    ["status=delivered", [2, 0]],
    ["status=pending", [3]],
    ["status=dead", [4, 1]],
    ["status=", [4, 3, 2, 1, 0]],
    ["event=dnc.added", [4, 2]],
    ["event=call.started", []],
    ["campaignId=cmp_1", [3, 0]],
    ["campaignId=cmp_9", []],
    ["leadId=ld_1", [3, 0]],
    ["leadId=ld_1&status=delivered", [0]],
    ["status=dead&event=dnc.added", [4]],
    ["status=dead&campaignId=cmp_2", [1]],
    ["status=delivered&campaignId=cmp_1", [0]],
    ["campaignId=cmp_2&event=dnc.added", []],
  ] as [string, number[]][])("?%s", async (query, places) => {
    const ids = wishes.map(put);
    const answer = await ask("GET", `${PATH}?${query}`);
    expect(idsOf(answer)).toEqual(places.map((place) => ids[place] ?? ""));
    expect(answer.json.total).toBe(places.length);
  });

  test.each(["", "status=delivered", "event=campaign.lead_completed", "campaignId=cmp_1", "leadId=ld_1"])(
    "pages by offset and by cursor: ?%s",
    async (query) => {
      const ids = Array.from({ length: 5 }, () => put({ end: "delivered", leadId: "ld_1" })).toReversed();
      expect(idsOf(await ask("GET", `${PATH}?${query}&limit=2&offset=3`))).toEqual(ids.slice(3));
      const seen: string[] = [];
      for (let cursor: string | null = ""; cursor !== null;) {
        const page = await ask("GET", `${PATH}?${query}&limit=2&cursor=${cursor}`);
        seen.push(...idsOf(page));
        expect(page.json.total).toBe(5);
        cursor = page.json.nextCursor;
      }
      expect(seen).toEqual(ids);
    },
  );

  test("a look through 10,000 that finds little says where to go on", async () => {
    const oldest = put({ event: "campaign.started", end: "delivered" });
    nouns.db.sqlite.run(`
      WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10500)
      INSERT INTO deliveries (id, event, campaign_id, url, body, status, next_attempt_at, created_at)
      SELECT printf('whd_zz%024d', i), 'campaign.lead_completed', 'cmp_1', 'https://x.example', '{}', 'delivered', 0, 0 FROM n`);
    const first = await ask("GET", `${PATH}?campaignId=cmp_1&event=campaign.started`);
    expect([idsOf(first), first.json.total, typeof first.json.nextCursor]).toEqual([[], 0, "string"]);
    const second = await ask("GET", `${PATH}?campaignId=cmp_1&event=campaign.started&cursor=${first.json.nextCursor}`);
    expect(idsOf(second)).toEqual([oldest]);
    expect(second.json.nextCursor).toBeNull();
    expect((await ask("GET", `${PATH}?limit=1`)).json.total).toBe(10_000);
  });

  test("steps through an index whatever is asked, and never sorts", () => {
    put({ end: "dead" });
    const plans: string[] = [];
    const explain = (sql: string, values: (string | number)[]) =>
      nouns.db.sqlite
        .query<{ detail: string }, typeof values>(`EXPLAIN QUERY PLAN ${sql}`)
        .all(...values)
        .map((row) => row.detail)
        .join();
    const all =
      (sql: string) =>
      (...values: (string | number)[]) => {
        plans.push(explain(sql, values));
        return [];
      };
    const sqlite = { query: (sql: string) => ({ all: all(sql), get: () => null }) };
    const spied = { ...nouns.db, sqlite } as unknown as Db;
    const filters = [
      {},
      { status: "dead" },
      { status: "delivered" },
      { event: "dnc.added" },
      { campaignId: "c" },
      { leadId: "l" },
      { campaignId: "c", status: "delivered" },
    ] as const;
    for (const filter of filters) for (const after of [undefined, UNKNOWN]) listDeliveries(spied, filter, { limit: 2, offset: 0, after });
    expect(plans).toHaveLength(2 * filters.length);
    expect(plans.filter((plan) => plan.includes("TEMP B-TREE"))).toEqual([]);
  });

  test.each([
    ["status=lost", /status: is "lost"; it must be one of pending, delivered, dead/],
    ["event=lead.lost", /event: is "lead.lost"/],
    ["limit=0", /limit: is 0/],
    ["cursor=x", /must be the nextCursor/],
    ["url=x", /url: is not a field here/],
  ] as [string, RegExp][])("refuses ?%s", async (query, sentence) => {
    expectRefusal(await ask("GET", `${PATH}?${query}`), 400, "validation_failed", sentence);
  });
});

describe("one delivery", () => {
  test("is shown with the very text that is sent", async () => {
    const id = put({ end: "dead" });
    expect((await ask("GET", `${PATH}/${id}`)).json).toMatchObject({ id, status: "dead", body: `{"id":"${id}"}` });
    expectRefusal(await ask("GET", `${PATH}/${UNKNOWN}`), 404, "not_found", /no delivery with the id/);
  });
});

describe("sending one again", () => {
  test.each(["dead", "delivered"] as const)("that is %s: it is due now under its own id, with all its tries", async (end) => {
    const id = put({ end });
    nouns.clock.advance(60_000);
    const { status, json } = await ask("POST", `${PATH}/${id}/resend`);
    expect(status).toBe(200);
    expect(json).toMatchObject({ id, status: "pending", attempts: 0, nextAttemptAt: "2026-05-06T05:31:01.000Z", deliveredAt: null });
    expect(dueDeliveries(nouns.db, "crm.example.com", nouns.clock.now(), 10).map((due) => due.id)).toEqual([id]);
    expect(nouns.events()).toBe(1);
  });

  test("that waits: 409, it is sent by itself", async () => {
    const id = put({ end: "retry" });
    expectRefusal(
      await ask("POST", `${PATH}/${id}/resend`),
      409,
      "wrong_state",
      /the delivery is pending and is sent by itself, next at 2026-05-06T05:31:01.000Z/,
    );
    expect(stored(id)).toMatchObject({ attempts: 1 });
    expect(nouns.events()).toBe(0);
  });

  test("that is none: 404", async () =>
    expectRefusal(await ask("POST", `${PATH}/${UNKNOWN}/resend`), 404, "not_found", /no delivery with the id/));
});

describe("sending many again", () => {
  const resend = (filter: unknown) => ask("POST", "/api/webhooks/resend", { filter });
  const pendings = () =>
    nouns.db.sqlite
      .query<{ id: string }, []>("SELECT id FROM deliveries WHERE status = 'pending' ORDER BY id")
      .all()
      .map((row) => row.id);

  const wishes: Wish[] = [
    { end: "dead" },
    { end: "dead", campaignId: "cmp_2" },
    { end: "dead", event: "dnc.added", campaignId: null },
    { end: "delivered" },
    { end: "dead" },
  ];
  test.each([
    [{ status: "dead" }, [0, 1, 2, 4]],
    [{ status: "delivered" }, [3]],
    [{ status: "dead", campaignId: "cmp_1" }, [0, 4]],
    [{ status: "dead", event: "dnc.added" }, [2]],
    [{ status: "dead", from: "2026-05-06T05:30:02Z" }, [1, 2, 4]],
    [{ status: "dead", from: "2026-05-06T05:30:02Z", to: "2026-05-06T11:00:05+05:30" }, [1, 2]],
    [{ status: "delivered", campaignId: "cmp_2" }, []],
  ] as [object, number[]][])("%p", async (filter, places) => {
    const ids = wishes.map(put);
    expect(await resend(filter)).toEqual({ status: 200, json: { queued: places.length } });
    expect(pendings()).toEqual(places.map((place) => ids[place] ?? ""));
  });

  test("goes in slices of 500 with a pause after each, and tells delivery after each", async () => {
    const left: number[] = [];
    nouns = createNouns({
      onPause: (db) =>
        left.push(db.sqlite.query<{ n: number }, []>("SELECT count(*) AS n FROM deliveries WHERE status = 'dead'").get()?.n ?? -1),
    });
    for (let index = 0; index < 1_100; index += 1) put({ end: "dead" });
    expect((await resend({ status: "dead" })).json).toEqual({ queued: 1_100 });
    expect(left).toEqual([600, 100, 0]);
    expect(nouns.events()).toBe(3);
  });

  test("takes nothing a second time that dies again meanwhile, and nothing that is written meanwhile", async () => {
    for (let index = 0; index < 600; index += 1) put({ end: "dead" });
    let late = "";
    const pause = async () => {
      nouns.db.sqlite.run("UPDATE deliveries SET status = 'dead' WHERE status = 'pending'");
      if (late === "") late = put({ end: "dead" });
    };
    expect(await resendAll({ ...nouns, nudge: () => undefined, pause }, { status: "dead" })).toBe(600);
    expect(stored(late)).toMatchObject({ status: "dead", attempts: 1 });
  });

  test("stops at its bound; asked again it goes on", async () => {
    const ids = Array.from({ length: 5 }, () => put({ end: "dead" }));
    const deps = { ...nouns, nudge: () => undefined, pause: async () => undefined };
    expect(await resendAll(deps, { status: "dead" }, 3)).toBe(3);
    expect(pendings()).toEqual(ids.slice(0, 3));
    expect(await resendAll(deps, { status: "dead" }, 3)).toBe(2);
  });

  test.each([
    ["no filter", {}, /filter: is required/],
    ["no status", { filter: {} }, /filter.status: is required/],
    ["those that wait", { filter: { status: "pending" } }, /filter.status: is "pending"; it must be one of dead, delivered/],
    ["an unknown event", { filter: { status: "dead", event: "x" } }, /filter.event: is "x"/],
    ["a local time", { filter: { status: "dead", from: "2026-05-06T05:30:00" } }, /filter.from is '2026-05-06T05:30:00'/],
    ["a word", { filter: { status: "dead", to: "now" } }, /filter.to is 'now'/],
    ["an unknown field of the filter", { filter: { status: "dead", url: "x" } }, /filter.url: is not a field here/],
    ["an unknown field", { filter: { status: "dead" }, limit: 5 }, /limit: is not a field here/],
  ] as [string, object, RegExp][])("%s is refused, and nothing is sent", async (_, body, sentence) => {
    put({ end: "dead" });
    expectRefusal(await ask("POST", "/api/webhooks/resend", body), 400, "validation_failed", sentence);
    expect(pendings()).toEqual([]);
  });
});

describe("who may do what with deliveries", () => {
  const table: [string, string, object | undefined, Role | null, number][] = [
    ["GET", PATH, undefined, null, 401],
    ["GET", PATH, undefined, "read", 200],
    ["GET", `${PATH}/${UNKNOWN}`, undefined, "read", 404],
    ["POST", `${PATH}/${UNKNOWN}/resend`, undefined, "read", 403],
    ["POST", `${PATH}/${UNKNOWN}/resend`, undefined, "operator", 404],
    ["POST", "/api/webhooks/resend", { filter: { status: "dead" } }, "read", 403],
    ["POST", "/api/webhooks/resend", { filter: { status: "dead" } }, "operator", 200],
  ];
  test.each(table)("%s %s with %p as %p: %d", async (method, path, body, role, status) => {
    expect((await ask(method, path, body, role)).status).toBe(status);
  });
});
