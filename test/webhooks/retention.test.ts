import { beforeEach, describe, expect, test } from "bun:test";
import { type Db, openDatabase } from "../../src/database/open.ts";
import { createLog } from "../../src/runtime/log.ts";
import { createRetention, forgetOld } from "../../src/webhooks/retention.ts";
import { createFakeClock, WEDNESDAY_MORNING } from "../support/fake-clock.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const NOW = WEDNESDAY_MORNING;

let db: Db;
beforeEach(() => {
  db = openDatabase({ path: ":memory:" });
});

/** The ids sort by `createdAt`, as the program's do. */
function put(name: string, status: string, createdAt: number, deliveredAt: number | null = null): void {
  db.sqlite
    .query(
      "INSERT INTO deliveries (id, event, url, body, status, next_attempt_at, created_at, delivered_at) VALUES (?1, 'webhook.test', 'https://x.example', '{}', ?2, 0, ?3, ?4)",
    )
    .run(`whd_${String(createdAt).padStart(20, "0")}${name}`, status, createdAt, deliveredAt);
}
const kept = () =>
  db.sqlite
    .query<{ name: string }, []>("SELECT substr(id, 25) AS name FROM deliveries ORDER BY id")
    .all()
    .map((row) => row.name)
    .join(" ");
const pause = async () => undefined;

describe("deliveries that have long arrived", () => {
  test("are forgotten after 30 days; what waits, died, or arrived later is kept", async () => {
    put("dead", "dead", NOW - 90 * DAY);
    put("waiting", "pending", NOW - 80 * DAY);
    put("resent", "delivered", NOW - 70 * DAY, NOW - DAY);
    put("old", "delivered", NOW - 60 * DAY, NOW - 60 * DAY);
    put("justOver", "delivered", NOW - 31 * DAY, NOW - 30 * DAY - 1);
    put("justKept", "delivered", NOW - 31 * DAY, NOW - 30 * DAY);
    put("new", "delivered", NOW - DAY, NOW - DAY);
    await forgetOld(db, NOW, pause);
    expect(kept()).toBe("dead waiting resent justKept new");
  });

  test("go in slices of 500 with a pause after each; those kept among them are stepped over", async () => {
    for (let index = 0; index < 1_200; index += 1)
      put(String(index), "delivered", NOW - 60 * DAY + index, index % 3 === 0 ? NOW : NOW - 50 * DAY);
    const left: number[] = [];
    await forgetOld(db, NOW, async () => void left.push(kept().split(" ").length));
    expect(left).toEqual([867, 534, 400]);
  });

  test("the look ends at the first slice that is young enough", async () => {
    for (let index = 0; index < 1_200; index += 1) put(String(index), "delivered", NOW - DAY + index, NOW);
    let pauses = 0;
    await forgetOld(db, NOW, async () => void (pauses += 1));
    expect(pauses).toBe(1);
  });
});

describe("the retention", () => {
  test("looks at once and every hour, until it is stopped", async () => {
    const clock = createFakeClock();
    const retention = createRetention({ db, clock, log: createLog("silent", clock, () => undefined), pause });
    const settled = async () => {
      for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
    };
    put("first", "delivered", NOW - 31 * DAY, NOW - 31 * DAY);
    retention.start();
    await settled();
    expect(kept()).toBe("");
    put("second", "delivered", NOW - 30 * DAY, NOW - 30 * DAY + HOUR / 2);
    clock.advance(HOUR - 1);
    await settled();
    expect(kept()).toBe("second");
    clock.advance(1);
    await settled();
    expect(kept()).toBe("");
    await retention.stop();
    await retention.stop();
    put("third", "delivered", NOW - 31 * DAY, NOW - 31 * DAY);
    clock.advance(9 * HOUR);
    await settled();
    expect(kept()).toBe("third");
  });

  test("stopped in the middle it goes on with nothing more", async () => {
    const clock = createFakeClock();
    for (let index = 0; index < 1_200; index += 1) put(String(index), "delivered", NOW - 60 * DAY + index, NOW - 50 * DAY);
    let stopped: Promise<void> | undefined;
    const retention = createRetention({
      db,
      clock,
      log: createLog("silent", clock, () => undefined),
      pause: async () => void (stopped ??= retention.stop()),
    });
    retention.start();
    await Promise.resolve();
    await stopped;
    expect(kept().split(" ")).toHaveLength(700);
  });
});
