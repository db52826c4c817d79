import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { Webhook } from "standardwebhooks";
import { CommitUnknown, transact } from "../../src/database/transaction.ts";
import { systemClock } from "../../src/runtime/clock.ts";
import { createIds } from "../../src/runtime/ids.ts";
import { seededRandom } from "../../src/runtime/random.ts";
import { sendAgain } from "../../src/webhooks/archive.ts";
import { createSender } from "../../src/webhooks/sender.ts";
import { createTargetGuard } from "../../src/webhooks/target-guard.ts";
import { createTestDelivery } from "../../src/webhooks/test-delivery.ts";
import { WEDNESDAY_MORNING } from "../support/fake-clock.ts";
import { type Receiver, startReceiver } from "../support/receiver.ts";
import { until } from "../support/until.ts";
import { type Bench, createBench, SECRET } from "./bench.ts";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

let bench: Bench;
let receiver: Receiver;
beforeEach(() => {
  bench = createBench();
  receiver = startReceiver();
});
afterEach(async () => {
  receiver.release();
  await bench.close();
  receiver.stop();
});

const idle = () => until("nothing is in flight", () => bench.delivery.inFlight() === 0);

describe("an event", () => {
  test("is sent as soon as it is committed, and that it arrived is on disk", async () => {
    bench.put("whd_1", receiver.url);
    const { id, body } = await receiver.next();
    expect([id, body]).toEqual(["whd_1", '{"id":"whd_1"}']);
    await idle();
    expect(bench.stored("whd_1")).toEqual({ status: "delivered", attempts: 1, nextAttemptAt: 0, responseStatus: 204, lastError: null });
  });

  test("is tried again by the schedule until it arrives, under the same id and signed anew", async () => {
    receiver.answer(500, 503, 200);
    bench.put("whd_1", receiver.url);
    const first = await receiver.next();
    await idle();
    expect(bench.stored("whd_1")).toEqual({
      status: "pending",
      attempts: 1,
      nextAttemptAt: 63 * SECOND,
      responseStatus: 500,
      lastError: "the receiver answered 500",
    });

    bench.clock.advance(63 * SECOND - 1);
    expect(bench.delivery.inFlight()).toBe(0);
    bench.clock.advance(1);
    await receiver.next();
    await idle();
    expect(bench.stored("whd_1")).toMatchObject({
      status: "pending",
      attempts: 2,
      nextAttemptAt: 63 * SECOND + 315 * SECOND,
      responseStatus: 503,
    });

    bench.clock.advance(315 * SECOND);
    const third = await receiver.next();
    await idle();
    expect(bench.stored("whd_1")).toMatchObject({ status: "delivered", attempts: 3, responseStatus: 200, lastError: null });
    expect(new Set(receiver.received.map(({ id }) => id))).toEqual(new Set(["whd_1"]));
    expect(third.body).toBe(first.body);
    expect(Number(third.headers.get("webhook-timestamp")) - Number(first.headers.get("webhook-timestamp"))).toBe(378);
    expect(third.headers.get("webhook-signature")).not.toBe(first.headers.get("webhook-signature"));
  });

  test("is a dead letter after six tries over more than 14 hours", async () => {
    receiver.answerAlways(503);
    bench.put("whd_1", receiver.url);
    await receiver.next();
    await idle();
    for (let attempts = 1; attempts < 6; attempts += 1) {
      expect(bench.stored("whd_1")).toMatchObject({ status: "pending", attempts });
      bench.clock.advance(bench.stored("whd_1").nextAttemptAt - (bench.clock.now() - WEDNESDAY_MORNING));
      await receiver.next();
      await idle();
    }
    expect(bench.stored("whd_1")).toMatchObject({
      status: "dead",
      attempts: 6,
      lastError: "given up after 6 tries; the last one: the receiver answered 503",
    });
    bench.clock.advance(48 * HOUR);
    expect(receiver.received).toHaveLength(6);
  });

  test.each([410, 404, 400, 302])("that is answered %d is a dead letter at once", async (status) => {
    receiver.answer({ status, headers: { location: receiver.url } });
    bench.put("whd_1", receiver.url);
    await receiver.next();
    await idle();
    expect(bench.stored("whd_1")).toMatchObject({ status: "dead", attempts: 1, responseStatus: status });
    bench.clock.advance(24 * HOUR);
    expect(receiver.received).toHaveLength(1);
  });

  test("waits as long as Retry-After says", async () => {
    receiver.answer({ status: 429, headers: { "retry-after": "600" } });
    bench.put("whd_1", receiver.url);
    await receiver.next();
    await idle();
    expect(bench.stored("whd_1")).toMatchObject({ status: "pending", nextAttemptAt: 630 * SECOND });
  });

  test("that nobody answers within 15 s is tried again", async () => {
    receiver.answer("hang");
    bench.put("whd_1", receiver.url);
    await receiver.next();
    bench.clock.advance(15 * SECOND);
    await idle();
    expect(bench.stored("whd_1")).toMatchObject({
      status: "pending",
      attempts: 1,
      responseStatus: null,
      lastError: "no answer within 15 s",
    });
  });

  test.each(["http://10.0.0.1/hook", "nonsense"])("for %s is a dead letter at once", async (url) => {
    bench.put("whd_1", url);
    await idle();
    expect(bench.stored("whd_1")).toMatchObject({ status: "dead", responseStatus: null });
  });
});

describe("a delivery that is sent again by hand", () => {
  const again = (id: string) => {
    transact(bench.db, () => sendAgain(bench.db, id, bench.clock.now()));
    bench.delivery.nudge();
  };

  test("goes out under its own id, and has all its tries before it", async () => {
    receiver.answer(410);
    bench.put("whd_1", receiver.url);
    const first = await receiver.next();
    await idle();
    expect(bench.stored("whd_1").status).toBe("dead");

    receiver.answerAlways(503);
    again("whd_1");
    const second = await receiver.next();
    await idle();
    expect([second.id, second.body]).toEqual([first.id, first.body]);
    expect(bench.stored("whd_1")).toMatchObject({ status: "pending", attempts: 1, nextAttemptAt: 63 * SECOND });
  });

  test("goes out once more although it had arrived", async () => {
    bench.put("whd_1", receiver.url);
    await receiver.next();
    await idle();
    again("whd_1");
    await receiver.next();
    await idle();
    expect(bench.stored("whd_1")).toMatchObject({ status: "delivered", attempts: 1, responseStatus: 204 });
    expect(receiver.received).toHaveLength(2);
  });
});

describe("order and slots", () => {
  test("the events of one lead arrive one after the other, in their order", async () => {
    receiver.answer("hang");
    bench.put("whd_1", receiver.url, "ld_1");
    bench.put("whd_2", receiver.url, "ld_1");
    bench.put("whd_3", receiver.url, "ld_2");
    expect([(await receiver.next()).id, (await receiver.next()).id].sort()).toEqual(["whd_1", "whd_3"]);
    await until("only the one that hangs is in flight", () => bench.delivery.inFlight() === 1);
    expect(receiver.received).toHaveLength(2);
    receiver.release();
    expect((await receiver.next()).id).toBe("whd_2");
  });

  test("an event that has to be tried again holds back those behind it", async () => {
    receiver.answer(503);
    bench.put("whd_1", receiver.url, "ld_1");
    bench.put("whd_2", receiver.url, "ld_1");
    await receiver.next();
    await idle();
    expect(receiver.received).toHaveLength(1);
    bench.clock.advance(63 * SECOND);
    expect([(await receiver.next()).id, (await receiver.next()).id]).toEqual(["whd_1", "whd_2"]);
  });

  test("a slow receiver takes its share of the slots and holds nobody else up", async () => {
    const slow = startReceiver();
    slow.answerAlways("hang");
    for (let number = 0; number < 200; number += 1) bench.put(`whd_slow${number}`, slow.url);
    bench.put("whd_quick", receiver.url);
    expect((await receiver.next()).id).toBe("whd_quick");
    await until("the quick one is through", () => bench.stored("whd_quick").status === "delivered");
    await until("the slow one has its share", () => slow.received.length === 10);
    expect(bench.delivery.inFlight()).toBe(10);
    bench.clock.advance(15 * SECOND);
    await until("its next ones have their turn", () => slow.received.length === 20);
    slow.stop();
  });

  test("no more are in flight than there are slots, and a freed one is used at once", async () => {
    await bench.delivery.stop();
    const others = [startReceiver(), startReceiver()];
    const delivery = bench.crash({ maxInFlight: 3, maxPerHost: 2 });
    for (const each of [receiver, ...others]) each.answerAlways("hang");
    for (let number = 0; number < 4; number += 1) {
      for (const [index, each] of [receiver, ...others].entries()) bench.put(`whd_${index}_${number}`, each.url);
    }
    const arrived = () => [receiver, ...others].map((each) => each.received.length);
    await until("every receiver has had one", () => arrived().every((count) => count >= 1) || delivery.inFlight() > 3);
    expect(delivery.inFlight()).toBe(3);
    receiver.release();
    await until("the freed slot is used", () => arrived().reduce((sum, count) => sum + count) === 4);
    expect(delivery.inFlight()).toBe(3);
    for (const each of [receiver, ...others]) {
      each.answerAlways(204);
      each.release();
    }
    await until(
      "all are through",
      () => bench.db.sqlite.query<{ n: number }, []>("SELECT count(*) AS n FROM deliveries WHERE status = 'pending'").get()?.n === 0,
    );
    expect(arrived()).toEqual([4, 4, 4]);
    for (const each of others) each.stop();
  });

  test("2,000 events to one receiver all arrive, each once", async () => {
    for (let number = 0; number < 2_000; number += 1) bench.put(`whd_${number}`, receiver.url, `ld_${number % 500}`);
    await until("all have arrived", () => receiver.received.length >= 2_000);
    await idle();
    expect(new Set(receiver.received.map(({ id }) => id)).size).toBe(2_000);
    expect(receiver.received).toHaveLength(2_000);
    const lead7 = receiver.received.map(({ id }) => Number(id.slice(4))).filter((number) => number % 500 === 7);
    expect(lead7).toEqual([7, 507, 1007, 1507]);
  });
});

describe("crashes and faults", () => {
  test("what was sent but not recorded is sent again under the same id", async () => {
    receiver.answer("hang");
    bench.put("whd_1", receiver.url);
    const first = await receiver.next();
    bench.crash();
    const second = await receiver.next();
    expect([second.id, second.body]).toEqual([first.id, first.body]);
    await until("the second try is recorded", () => bench.stored("whd_1").status === "delivered");
    expect(bench.stored("whd_1").attempts).toBe(1);
  });

  test("what waits for its next try survives, and is due at the same instant", async () => {
    receiver.answer(503);
    bench.put("whd_1", receiver.url);
    await receiver.next();
    await idle();
    bench.crash();
    bench.clock.advance(63 * SECOND - 1);
    expect(bench.delivery.inFlight()).toBe(0);
    bench.clock.advance(1);
    expect((await receiver.next()).id).toBe("whd_1");
  });

  test("after a commit with an unknown result nothing is sent for 30 s, then it goes on from what is on disk", async () => {
    const { transact } = bench.store;
    bench.store.transact = () => {
      throw new CommitUnknown(new Error("disk I/O error"));
    };
    bench.put("whd_1", receiver.url);
    await receiver.next();
    await idle();
    expect(bench.stored("whd_1")).toMatchObject({ status: "pending", attempts: 0 });
    expect(bench.logged.some(({ event }) => event === "webhook.unrecorded")).toBe(true);

    bench.store.transact = transact;
    bench.put("whd_2", receiver.url);
    bench.clock.advance(30 * SECOND - 1);
    expect(bench.delivery.inFlight()).toBe(0);
    bench.clock.advance(1);
    expect([(await receiver.next()).id, (await receiver.next()).id]).toEqual(["whd_1", "whd_2"]);
    await idle();
    expect([bench.stored("whd_1").status, bench.stored("whd_2").status]).toEqual(["delivered", "delivered"]);
  });

  test("a wall clock that is set forward is noticed within a minute", async () => {
    receiver.answer(503);
    bench.put("whd_1", receiver.url);
    await receiver.next();
    await idle();
    bench.db.sqlite.run("UPDATE deliveries SET next_attempt_at = next_attempt_at + 86400000");
    bench.clock.advance(63 * SECOND);
    bench.clock.jumpTo(bench.clock.now() + 25 * HOUR);
    bench.clock.advance(MINUTE);
    expect((await receiver.next()).id).toBe("whd_1");
  });
});

describe("stopping", () => {
  test("waits for what is in flight and starts nothing more", async () => {
    receiver.answer("hang");
    bench.put("whd_1", receiver.url);
    await receiver.next();
    const stopped = bench.delivery.stop();
    bench.put("whd_2", receiver.url);
    receiver.release();
    await stopped;
    expect(bench.stored("whd_1").status).toBe("delivered");
    expect(receiver.received).toHaveLength(1);
  });

  test("does not wait for more than 5 s, and a late answer changes nothing", async () => {
    receiver.answer("hang");
    bench.put("whd_1", receiver.url);
    await receiver.next();
    const stopped = bench.delivery.stop();
    await new Promise<void>((resolve) => systemClock.soon(resolve));
    bench.clock.advance(5 * SECOND - 1);
    expect(Bun.peek.status(stopped)).toBe("pending");
    bench.clock.advance(1);
    await stopped;
    receiver.release();
    await idle();
    expect(bench.stored("whd_1")).toMatchObject({ status: "pending", attempts: 0 });
  });

  test("twice, or before anything was sent, is fine", async () => {
    await bench.delivery.stop();
    await bench.delivery.stop();
  });
});

describe("the test from the settings page", () => {
  function sendTest(url: string) {
    const { clock } = bench;
    const sender = createSender({ guard: createTargetGuard(["127.0.0.1"], async () => [], clock), clock, version: "0" });
    return createTestDelivery({ sender, clock, newId: createIds(clock, seededRandom(1)), secrets: () => [SECRET] })(url);
  }

  test("sends webhook.test, signed, and says that it arrived", async () => {
    expect(await sendTest(receiver.url)).toEqual({ delivered: true, status: 204, error: null, durationMs: 0 });
    const { id, body, headers } = await receiver.next();
    expect(id).toMatch(/^whd_[0-9a-z]{26}$/);
    expect(JSON.parse(body)).toEqual({ event: "webhook.test", timestamp: "2026-05-06T05:30:00.000Z" });
    const signature = new Webhook(SECRET).sign(id, new Date(bench.clock.now()), body);
    expect(headers.get("webhook-signature")).toBe(signature);
  });

  test("says what came back when it did not", async () => {
    receiver.answer({ status: 503, body: "closed today" });
    expect(await sendTest(receiver.url)).toEqual({
      delivered: false,
      status: 503,
      error: "the receiver answered 503: closed today",
      durationMs: 0,
    });
    expect(await sendTest("http://10.0.0.1/")).toMatchObject({
      delivered: false,
      status: null,
      error: expect.stringContaining("OUTDIAL_WEBHOOK_ALLOW"),
    });
  });
});
