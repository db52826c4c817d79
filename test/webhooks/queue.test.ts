import { beforeEach, describe, expect, test } from "bun:test";
import { type Db, openDatabase } from "../../src/database/open.ts";
import { enqueue } from "../../src/webhooks/events/outbox.ts";
import {
  dueDeliveries,
  findPending,
  HOSTS_A_LOOK,
  nextDueAt,
  pendingHosts,
  recordDead,
  recordDelivered,
  recordRetry,
} from "../../src/webhooks/store.ts";

const HOST = "crm.example";

let db: Db;
beforeEach(() => {
  db = openDatabase({ path: ":memory:" });
});

function put(id: string, more: { leadId?: string | null; url?: string; now?: number } = {}): void {
  const { leadId = `ld_${id}`, url = `https://${HOST}/hook`, now = 1_000 } = more;
  enqueue(db, { id, event: "campaign.lead_completed", campaignId: "cmp_1", leadId, url, body: `{"id":"${id}"}`, now });
}

function dueIds(now: number, limit = 10, host = HOST): string {
  return dueDeliveries(db, host, now, limit)
    .map(({ id }) => id)
    .join(" ");
}

function rowOf(id: string) {
  return db.sqlite
    .query<Record<string, unknown>, [string]>(
      "SELECT status, attempts, next_attempt_at, delivered_at, response_status, last_error FROM deliveries WHERE id = ?",
    )
    .get(id);
}

describe("the queue", () => {
  test("gives what is due, the longest due first, as many as asked for", () => {
    put("late", { now: 2_000 });
    put("b");
    put("a");
    expect(dueIds(1_999)).toBe("b a");
    expect(dueIds(2_000)).toBe("b a late");
    expect(dueIds(2_000, 2)).toBe("b a");
    expect(dueIds(999)).toBe("");
  });

  test("is one for each host and port", () => {
    put("a");
    put("b", { url: "https://crm.example:8443/hook" });
    put("c", { url: "http://CRM.example/other?x=1" });
    put("d", { url: "nonsense" });
    expect(pendingHosts(db, "")).toEqual(["-", "crm.example", "crm.example:8443"]);
    expect(pendingHosts(db, "crm.example")).toEqual(["crm.example:8443"]);
    expect(dueIds(1_000)).toBe("a c");
    expect(dueIds(1_000, 10, "-")).toBe("d");
  });

  test("names no more hosts than one look takes in, and goes on from there", () => {
    for (let number = 0; number < HOSTS_A_LOOK + 2; number += 1)
      put(`w${number}`, { url: `https://h${String(number).padStart(4, "0")}.example/` });
    const first = pendingHosts(db, "");
    expect(first).toHaveLength(HOSTS_A_LOOK);
    expect(pendingHosts(db, first.at(-1) ?? "")).toEqual([`h0${HOSTS_A_LOOK}.example`, `h0${HOSTS_A_LOOK + 1}.example`]);
  });

  test("says when the next one falls due, what is due already aside", () => {
    expect(nextDueAt(db, 0)).toBeUndefined();
    put("a", { now: 1_000 });
    put("b", { now: 5_000 });
    expect(nextDueAt(db, 0)).toBe(1_000);
    expect(nextDueAt(db, 1_000)).toBe(5_000);
    expect(nextDueAt(db, 5_000)).toBeUndefined();
  });
});

describe("the events of one lead keep their order", () => {
  test("a later one is not due before the earlier one is through", () => {
    put("first", { leadId: "ld_1" });
    put("second", { leadId: "ld_1" });
    put("other", { leadId: "ld_2" });
    expect(dueIds(1_000)).toBe("first other");
    recordDelivered(db, { id: "first", at: 1_500, responseStatus: 204 });
    expect(dueIds(1_000)).toBe("second other");
  });

  test("while the earlier one waits to be tried again, so does the later one, wherever it goes", () => {
    put("first", { leadId: "ld_1" });
    put("second", { leadId: "ld_1", url: "https://elsewhere.example/" });
    recordRetry(db, { id: "first", at: 1_500, responseStatus: 503 }, 60_000, "busy");
    put("third", { leadId: "ld_1", now: 2_000 });
    expect([dueIds(59_999), dueIds(59_999, 10, "elsewhere.example")]).toEqual(["", ""]);
    expect([dueIds(60_000), dueIds(60_000, 10, "elsewhere.example")]).toEqual(["first", ""]);
    expect(nextDueAt(db, 2_000)).toBe(60_000);
    for (const id of ["second", "third"]) expect(rowOf(id)).toMatchObject({ next_attempt_at: 60_000, attempts: 0 });
  });

  test("a dead letter lets the next one pass", () => {
    put("first", { leadId: "ld_1" });
    put("second", { leadId: "ld_1" });
    recordDead(db, { id: "first", at: 1_500, responseStatus: 410 }, "gone");
    expect(dueIds(1_000)).toBe("second");
  });

  test("events without a lead do not wait for each other", () => {
    put("a", { leadId: null });
    put("b", { leadId: null });
    recordRetry(db, { id: "a", at: 1_500, responseStatus: null }, 60_000, "timeout");
    expect(dueIds(1_000)).toBe("b");
  });
});

describe("a try is recorded", () => {
  beforeEach(() => put("a"));

  test("as delivered", () => {
    expect(recordDelivered(db, { id: "a", at: 1_500, responseStatus: 202 })).toBe(true);
    expect(rowOf("a")).toEqual({
      status: "delivered",
      attempts: 1,
      next_attempt_at: 1_000,
      delivered_at: 1_500,
      response_status: 202,
      last_error: null,
    });
  });

  test("as to be tried again", () => {
    expect(recordRetry(db, { id: "a", at: 1_500, responseStatus: null }, 61_500, "timeout")).toBe(true);
    expect(rowOf("a")).toEqual({
      status: "pending",
      attempts: 1,
      next_attempt_at: 61_500,
      delivered_at: null,
      response_status: null,
      last_error: "timeout",
    });
    expect(findPending(db, "a")).toEqual({
      id: "a",
      event: "campaign.lead_completed",
      url: "https://crm.example/hook",
      body: '{"id":"a"}',
      attempts: 1,
    });
  });

  test("as dead, and is kept", () => {
    expect(recordDead(db, { id: "a", at: 1_500, responseStatus: 410 }, "gone")).toBe(true);
    expect(rowOf("a")).toEqual({
      status: "dead",
      attempts: 1,
      next_attempt_at: 1_000,
      delivered_at: null,
      response_status: 410,
      last_error: "gone",
    });
  });

  test("only while it is pending: what is over stays as it is", () => {
    recordDelivered(db, { id: "a", at: 1_500, responseStatus: 204 });
    const before = rowOf("a");
    expect(recordDead(db, { id: "a", at: 2_000, responseStatus: 410 }, "gone")).toBe(false);
    expect(recordRetry(db, { id: "a", at: 2_000, responseStatus: 503 }, 9_000, "busy")).toBe(false);
    expect(recordDelivered(db, { id: "a", at: 2_000, responseStatus: 200 })).toBe(false);
    expect(rowOf("a")).toEqual(before);
    expect(findPending(db, "a")).toBeUndefined();
  });
});

test("20,000 that wait for one host do not hide the one for another", () => {
  db.sqlite.run("BEGIN");
  for (let number = 0; number < 20_000; number += 1) put(`w${number}`, { leadId: `ld_${number >> 1}` });
  put("quick", { url: "https://zzz.example/" });
  db.sqlite.run("COMMIT");
  expect(pendingHosts(db, "")).toEqual([HOST, "zzz.example"]);
  expect(dueIds(1_000, 3)).toBe("w0 w2 w4");
  expect(dueIds(1_000, 3, "zzz.example")).toBe("quick");
});
