// What the store costs as it grows: claim, settle, list pages and the report at 1,000 leads and at 1,000,000, taking
// turns in one run, as ratios; and how many durable attempts a second the machine makes, beside the same without durability.
//   npm run bench [-- LEADS]

import { rmSync } from "node:fs";
import { readCounts } from "../src/campaigns/report.ts";
import { transact } from "../src/database/transaction.ts";
import { type ClaimDependencies, claimLeads } from "../src/dialing/claim.ts";
import { createPaces } from "../src/dialing/view/pace.ts";
import type { Claim } from "../src/dialing/reserve.ts";
import { createRoster, type RosterEntry } from "../src/dialing/view/roster.ts";
import { createRoom } from "../src/dialing/view/room.ts";
import { settleCall } from "../src/dialing/ending/settle.ts";
import { createLineHealth } from "../src/dialing/view/health.ts";
import { readUsage } from "../src/dialing/view/usage.ts";
import { listLeads } from "../src/leads/store.ts";
import { attemptsPerSecond } from "./support/attempts.ts";
import { median, type Rows, table } from "./support/figures.ts";
import { type BenchStore, fillCampaign, openBench } from "./support/fill.ts";

const SMALL = 1_000;
const LARGE = Number(process.argv[2] ?? 1_000_000);
const ROUNDS = 200;
const BATCH = 5;
const WARM_UP = 20;

/** A filled store with what the verbs need. */
interface Bench extends BenchStore {
  leads: number;
  campaignId: string;
  entry: RosterEntry;
  /** A lead in the middle of the list. */
  middle: string;
  claims: Claim[];
}

async function open(leads: number): Promise<Bench> {
  const store = openBench("FULL");
  // Room for what is claimed on the way: at the end as at the start the queue holds about as many as it is named after.
  const campaignId = await fillCampaign(store, leads + (ROUNDS + WARM_UP) * BATCH);
  const entry = createRoster(store.db, undefined).read(store.clock.now())[0];
  if (entry === undefined) throw new Error("the campaign is not running");
  const middle =
    store.db.sqlite.query<{ id: string }, [number]>("SELECT id FROM leads ORDER BY id LIMIT 1 OFFSET ?").get(Math.floor(leads / 2))?.id ??
    "";
  return { ...store, leads, campaignId, entry, middle, claims: [] };
}

/** As the dispatcher's round has it: without caps or rates in the way. */
function claimFrom(bench: Bench): ClaimDependencies {
  const health = createLineHealth();
  const room = createRoom({ clock: bench.clock, health, paces: createPaces(), placedFrom: new Map() }, readUsage(bench.db), {
    maxConcurrentCalls: Number.POSITIVE_INFINITY,
    maxCallsPerSecond: null,
  });
  return { ...bench, room, health, contactLimits: [] };
}

const page = (after: string | undefined) => ({ limit: 200, offset: 0, after });

const verbs: Record<string, (bench: Bench) => void> = {
  [`claim of ${BATCH}, commit included`]: (bench) => {
    bench.claims = transact(bench.db, () => claimLeads(claimFrom(bench), bench.entry, BATCH, bench.clock.now())).claims;
  },
  [`settle of ${BATCH}, commit included`]: (bench) =>
    transact(bench.db, () => {
      for (const { order } of bench.claims)
        settleCall(
          bench,
          order.callId,
          { ending: "completed", retry: "policy", reason: "normal_clearing", ringMs: 1, talkMs: 60_000 },
          bench.clock.now(),
        );
    }),
  "first page of 200 leads": (bench) => void listLeads(bench.db, bench.campaignId, undefined, page(undefined)),
  "middle page by cursor": (bench) => void listLeads(bench.db, bench.campaignId, undefined, page(bench.middle)),
  "page of one status": (bench) => void listLeads(bench.db, bench.campaignId, "completed", page(undefined)),
  report: (bench) => void readCounts(bench.db, bench.campaignId),
};

function time(run: () => void): number {
  const start = Bun.nanoseconds();
  run();
  return (Bun.nanoseconds() - start) / 1_000;
}

async function compareSizes(): Promise<Rows> {
  const benches = [await open(SMALL), await open(LARGE)];
  const figures = new Map<string, number[]>();
  for (let round = 0; round < ROUNDS + WARM_UP; round += 1) {
    for (const bench of round % 2 === 0 ? benches : [...benches].reverse()) {
      for (const [verb, run] of Object.entries(verbs)) {
        const cost = time(() => run(bench));
        if (round >= WARM_UP) figures.set(`${verb} ${bench.leads}`, [...(figures.get(`${verb} ${bench.leads}`) ?? []), cost]);
      }
    }
    if (round % 20 === 0) await Bun.sleep(0);
  }
  for (const bench of benches) {
    bench.db.close();
    rmSync(bench.folder, { recursive: true, force: true });
  }
  const rows: Rows = [["verb, median", `${SMALL.toLocaleString("en")} leads, µs`, `${LARGE.toLocaleString("en")} leads, µs`, "ratio"]];
  for (const verb of Object.keys(verbs)) {
    const [small = Number.NaN, large = Number.NaN] = [SMALL, LARGE].map((leads) => median(figures.get(`${verb} ${leads}`) ?? []));
    rows.push([verb, small.toFixed(0), large.toFixed(0), (large / small).toFixed(2)]);
  }
  return rows;
}

async function compareDurability(): Promise<Rows> {
  const rows: Rows = [["durability", "attempts a second, end to end", "beside FULL"]];
  const speeds = await attemptsPerSecond(["FULL", "NORMAL", "OFF"], { leads: 20_000, concurrent: 200, rounds: 5 });
  for (const [mode, speed] of Object.entries(speeds))
    rows.push([`synchronous=${mode}`, speed.toFixed(0), (speed / (speeds.FULL ?? 1)).toFixed(2)]);
  return rows;
}

console.log(table(await compareSizes()));
console.log(table(await compareDurability()));
