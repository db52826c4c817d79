// What the store costs as it grows: claim, settle, a list page and the report at 1,000 leads and at 1,000,000, in one
// run, as ratios; and how many durable attempts a second the machine makes, beside the same without durability.
//   bun run bench [LEADS]

import { rmSync } from "node:fs";
import { readCounts } from "../src/campaigns/report.ts";
import { claimLeads } from "../src/dialing/claim.ts";
import { createRoster } from "../src/dialing/roster.ts";
import { settleCall } from "../src/dialing/settle.ts";
import { transact } from "../src/database/transaction.ts";
import { listLeads } from "../src/leads/store.ts";
import { median, type Rows, table } from "./support/figures.ts";
import { fillCampaign, openBench, type BenchStore } from "./support/fill.ts";
import { attemptsPerSecond } from "./support/attempts.ts";

const SMALL = 1_000;
const LARGE = Number(process.argv[2] ?? 1_000_000);
const ROUNDS = 200;
const BATCH = 5;

/** Medians in microseconds of each verb on a campaign of `leads`. */
async function measure(leads: number): Promise<Record<string, number>> {
  const store = openBench("FULL");
  const campaignId = await fillCampaign(store, leads);
  const figures: Record<string, number> = {};
  const roster = createRoster(store.db);
  const now = store.clock.now();
  const entry = roster.read(now)[0];
  if (entry === undefined) throw new Error("the campaign is not running");

  const claimed: string[] = [];
  figures[`claim of ${BATCH}, commit included`] = await time(() => {
    const { claims } = transact(store.db, () => claimLeads(store, entry, BATCH, now, () => undefined));
    claimed.push(...claims.map((claim) => claim.order.callId));
  });
  figures[`settle of ${BATCH}, commit included`] = await time(() => {
    transact(store.db, () => {
      for (const callId of claimed.splice(0, BATCH)) {
        settleCall(store, callId, { ending: "completed", retry: "policy", reason: "normal_clearing", ringMs: 1, talkMs: 60_000 }, now);
      }
    });
  });
  const middle = store.db.sqlite.query<{ id: string }, [string, number]>("SELECT id FROM leads WHERE campaign_id = ? ORDER BY id LIMIT 1 OFFSET ?").get(campaignId, Math.floor(leads / 2))?.id ?? "";
  figures["first page of 200 leads"] = await time(() => void listLeads(store.db, campaignId, undefined, { limit: 200, offset: 0, after: undefined }));
  figures["middle page by cursor"] = await time(() => void listLeads(store.db, campaignId, undefined, { limit: 200, offset: 0, after: middle }));
  figures["page of one status"] = await time(() => void listLeads(store.db, campaignId, "completed", { limit: 200, offset: 0, after: undefined }));
  figures.report = await time(() => void readCounts(store.db, campaignId));
  close(store);
  return figures;
}

async function time(run: () => void): Promise<number> {
  const figures: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const start = Bun.nanoseconds();
    run();
    figures.push((Bun.nanoseconds() - start) / 1_000);
    if (round % 20 === 0) await Bun.sleep(0);
  }
  return median(figures);
}

function close(store: BenchStore): void {
  store.db.close();
  rmSync(store.folder, { recursive: true, force: true });
}

const small = await measure(SMALL + 2 * ROUNDS * BATCH);
const large = await measure(LARGE);
const rows: Rows = [["verb, median", `${SMALL.toLocaleString("en")} leads, µs`, `${LARGE.toLocaleString("en")} leads, µs`, "ratio"]];
for (const [verb, cost] of Object.entries(large)) {
  const before = small[verb] ?? Number.NaN;
  rows.push([verb, before.toFixed(0), cost.toFixed(0), (cost / before).toFixed(2)]);
}
console.log(table(rows));

const durability: Rows = [["durability", "attempts a second, end to end", "beside FULL"]];
const speeds = await attemptsPerSecond(["FULL", "NORMAL", "OFF"], { leads: 20_000, concurrent: 200, rounds: 3 });
for (const [mode, speed] of Object.entries(speeds)) durability.push([`synchronous=${mode}`, speed.toFixed(0), (speed / (speeds.FULL ?? 1)).toFixed(2)]);
console.log(table(durability));
