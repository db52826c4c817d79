// The machine with a fake clock on a database in memory, and builders that write rows saying only what matters.
// Unless told otherwise it has a budget and a price list, so that every test of the machine moves the ledger as well.

import { expect } from "bun:test";
import type { Connection } from "../../src/agents/connection.ts";
import type { Analyser } from "../../src/calls/analyser.ts";
import type { CallWish } from "../../src/calls/control.ts";
import type { Dialer } from "../../src/calls/dialer.ts";
import type { Schedule } from "../../src/campaigns/window.ts";
import { addEntry, readAccount, replaceRates, setLimited } from "../../src/credits/store.ts";
import { type Db, openDatabase } from "../../src/database/open.ts";
import type { BotReach } from "../../src/dialing/view/bot-reach.ts";
import { commitTo, createMachine, type Machine, type MachineOptions } from "../../src/dialing/machine.ts";
import type { PreDialAnswers } from "../../src/dialing/view/pre-dial.ts";
import type { RetryPolicy } from "../../src/leads/retry.ts";
import { createIds } from "../../src/runtime/ids.ts";
import { createLog } from "../../src/runtime/log.ts";
import { seededRandom } from "../../src/runtime/random.ts";
import { createFakeClock, type FakeClock } from "./fake-clock.ts";
import { createScriptedDialer, type ScriptedDialer } from "./scripted-dialer.ts";

export const ALWAYS: Schedule = { timezone: "UTC", windowStart: "00:00", windowEnd: "23:59", weekdays: [0, 1, 2, 3, 4, 5, 6] };

interface TrunkSpec {
  id?: string;
  maxConcurrent?: number;
  callsPerSecond?: number;
  /** Makes it one of the driver `sip`, which the scripted dialer also plays. */
  allowedPrefixes?: readonly string[];
  /** Takes its calls while it has a fault. */
  fallback?: TrunkSpec;
}

export interface CampaignSpec {
  id?: string;
  status?: string;
  maxConcurrent?: number;
  schedule?: Partial<Schedule>;
  retryPolicy?: Partial<RetryPolicy>;
  scheduledStartAt?: number;
  webhookUrl?: string | null;
  preDialHook?: { url: string; timeoutSeconds: number };
  trunk?: TrunkSpec;
  /** Numbers besides its own, `from` → the trunk and the caps of each. */
  pool?: Record<string, { trunk: TrunkSpec; maxConcurrent?: number; callsPerSecond?: number }>;
  contactLimits?: readonly { attempts: number; perHours: number }[];
  restHours?: number;
  agent?: { id: string; ratePerMinute?: number; maxDurationSeconds?: number; connection?: Connection; postCallAnalysis?: object };
  /** Numbers to call. */
  leads?: readonly string[];
}

export interface LeadRow {
  id: string;
  phone_number: string;
  status: string;
  disposition: string | null;
  attempts: number;
  requeues: number;
  due_at: number;
  last_ending: string | null;
  call_id: string | null;
}

export interface TestMachine {
  db: Db;
  clock: FakeClock;
  dialer: ScriptedDialer;
  machine: Machine;
  addCampaign(spec?: CampaignSpec): string;
  addLeads(campaignId: string, numbers: readonly string[]): void;
  addDnc(number: string): void;
  campaign(id: string): { status: string; status_reason: string | null };
  setStatus(campaignId: string, status: string): void;
  /** What a single call needs, and asks for when told no more than a number. */
  wish(to: string, more?: Partial<CallWish> & { trunk?: CampaignSpec["trunk"] }): CallWish;
  lead(number: string, campaignId?: string): LeadRow;
  statuses(campaignId?: string): Record<string, number>;
  /** The leads that ended, as they were told. */
  events(): { lead: { phoneNumber: string; status: string } }[];
  /** Lets everything that is due now happen, and sees that the invariants hold. */
  settle(): void;
  /** The process dies: timers and calls are gone, the database stays; a new machine starts on it. */
  restart(): void;
}

export interface TestMachineOptions {
  maxConcurrentCalls?: number;
  clock?: FakeClock;
  /** Instead of the scripted one. */
  makeDialer?: (clock: FakeClock) => Dialer;
  db?: Db;
  /** Without a budget and a price list. */
  unlimited?: boolean;
  botAccess?: MachineOptions["botAccess"];
  /** What analyses transcripts; without it nobody does. */
  analyser?: Analyser;
  /** What asks about bots; without it they are taken to be there. `nudge` is for when an answer has come. */
  reach?: (nudge: () => void) => BotReach;
  /** What asks campaigns' hooks; without it nobody does. `nudge` is for when an answer has come. */
  preDial?: (nudge: () => void) => PreDialAnswers;
}

export function createTestMachine(options: TestMachineOptions = {}): TestMachine {
  const clock = options.clock ?? createFakeClock();
  const db = options.db ?? openDatabase({ path: ":memory:" });
  if (options.unlimited !== true && !readAccount(db).isLimited) {
    replaceRates(db, [{ prefix: "", pricePerMinute: 500_000, connectionFee: 100_000, firstSeconds: 60, nextSeconds: 6 }]);
    setLimited(db, true);
    addEntry(db, { kind: "top_up", amount: 1_000_000_000_000 }, clock.now());
  }
  const newId = createIds(clock, seededRandom(7));
  const dialer = createScriptedDialer(clock.now);
  const start = (bootId: string): Machine => {
    const machine = createMachine({
      db,
      newId,
      random: seededRandom(7),
      bootId,
      clock,
      alarm: clock.alarm,
      log: createLog("silent", clock, () => undefined),
      commit: commitTo(db, clock),
      dialers: { simulator: options.makeDialer?.(clock) ?? dialer, sip: dialer },
      maxConcurrentCalls: options.maxConcurrentCalls ?? 45,
      onOutcome: () => undefined,
      botAccess: options.botAccess,
      analyser: options.analyser,
      preDial: options.preDial?.(() => machine.dispatcher.nudge()),
      reach: options.reach?.(() => machine.dispatcher.nudge()),
    });
    machine.start();
    return machine;
  };
  let boots = 1;
  let campaigns = 0;
  const run = (sql: string, ...values: (string | number | null)[]) => db.sqlite.query(sql).run(...values);

  const insertTrunk = ({ id = "trk_1", maxConcurrent, callsPerSecond, allowedPrefixes, fallback }: TrunkSpec = {}) => {
    if (fallback !== undefined) insertTrunk(fallback);
    const driver = allowedPrefixes === undefined ? "simulator" : "sip";
    run(
      "INSERT OR IGNORE INTO trunks (id, name, fallback_trunk_id, driver, max_concurrent, calls_per_second, allowed_prefixes, options, created_at, updated_at) VALUES (?, 'Main', ?, ?, ?, ?, ?, '{}', ?, ?)",
      id,
      fallback?.id ?? null,
      driver,
      maxConcurrent ?? null,
      callsPerSecond ?? null,
      JSON.stringify(allowedPrefixes ?? []),
      clock.now(),
      clock.now(),
    );
  };
  const insertPool = (pool: NonNullable<CampaignSpec["pool"]>): string =>
    JSON.stringify(
      Object.entries(pool).map(([from, { trunk, maxConcurrent, callsPerSecond }]) => {
        insertTrunk(trunk);
        const values = [`pn_${from}`, from, trunk.id ?? "trk_1", maxConcurrent ?? null, callsPerSecond ?? null, clock.now(), clock.now()];
        run(
          "INSERT OR IGNORE INTO phone_numbers (id, phone_number, trunk_id, max_concurrent, calls_per_second, created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?, ?)",
          ...values,
        );
        return `pn_${from}`;
      }),
    );
  const insertSupply = ({ trunk, agent }: CampaignSpec, agentId: string): string => {
    const trunkId = trunk?.id ?? "trk_1";
    const now = clock.now();
    insertTrunk(trunk);
    const {
      ratePerMinute = 0,
      maxDurationSeconds = TEST_AGENT.callPolicy.maxDurationSeconds,
      connection = TEST_AGENT.connection,
      postCallAnalysis = {},
    } = agent ?? {};
    const snapshot = {
      ...TEST_AGENT,
      postCallAnalysis,
      ratePerMinute,
      connection,
      callPolicy: { ...TEST_AGENT.callPolicy, maxDurationSeconds },
    };
    run("INSERT OR IGNORE INTO agents VALUES (?, 'Anna', '{}', 1, ?, ?)", agentId, now, now);
    run(
      "INSERT OR IGNORE INTO agent_versions VALUES (?, 1, ?, NULL, NULL, ?, ?)",
      agentId,
      `ver_${agentId}`,
      JSON.stringify(snapshot),
      now,
    );
    const numberId = `pn_${trunkId}`;
    run(
      "INSERT OR IGNORE INTO phone_numbers (id, phone_number, trunk_id, created_at, updated_at) VALUES (?, ?, ?, ?, ?)",
      numberId,
      `+9122000${trunkId.length}${trunkId.charCodeAt(trunkId.length - 1)}`,
      trunkId,
      now,
      now,
    );
    return numberId;
  };

  const test: TestMachine = {
    db,
    clock,
    dialer,
    machine: start("boot_1"),
    addCampaign(spec = {}) {
      const id = spec.id ?? `cmp_${(campaigns += 1)}`;
      const agentId = spec.agent?.id ?? "agent_1";
      const numberId = insertSupply(spec, agentId);
      const now = clock.now();
      const policy = { maxAttempts: 3, backoffMinutes: 60, retryOn: ["no_answer", "busy"], ...spec.retryPolicy };
      run(
        `INSERT INTO campaigns (id, name, agent_id, agent_version, phone_number_id, status, max_concurrent, scheduled_start_at, schedule, retry_policy, webhook_url, created_at, updated_at, pre_dial_hook,
           phone_number_ids, contact_limits, rest_after_conversation_hours)
         VALUES (?, 'Spring', ?, 1, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
        id,
        agentId,
        numberId,
        spec.status ?? "running",
        spec.maxConcurrent ?? 5,
        spec.scheduledStartAt ?? null,
        JSON.stringify({ ...ALWAYS, ...spec.schedule }),
        JSON.stringify(policy),
        spec.webhookUrl === undefined ? "http://127.0.0.1:9/hook" : spec.webhookUrl,
        now,
        now,
        spec.preDialHook === undefined ? null : JSON.stringify(spec.preDialHook),
        insertPool(spec.pool ?? {}),
        JSON.stringify(spec.contactLimits ?? []),
        spec.restHours ?? null,
      );
      test.addLeads(id, spec.leads ?? []);
      return id;
    },
    addLeads(campaignId, numbers) {
      const now = clock.now();
      for (const number of numbers) {
        run(
          "INSERT INTO leads (id, campaign_id, phone_number, variables, status, due_at, created_at, updated_at) VALUES (?, ?, ?, '{}', 'pending', ?, ?, ?)",
          newId("ld"),
          campaignId,
          number,
          now,
          now,
          now,
        );
      }
      run(
        "INSERT INTO lead_counts VALUES (?, 'pending', '', ?) ON CONFLICT DO UPDATE SET count = count + excluded.count",
        campaignId,
        numbers.length,
      );
      test.machine.dispatcher.nudge();
    },
    addDnc: (number) =>
      void run("INSERT INTO dnc (id, phone_number, source, created_at) VALUES (?, ?, 'manual', ?)", newId("dnc"), number, clock.now()),
    wish: (to, { trunk, ...more } = {}) => ({
      agentId: "agent_1",
      agentVersion: undefined,
      phoneNumberId: insertSupply({ trunk }, "agent_1"),
      to,
      variables: {},
      ...more,
    }),
    campaign: (id) =>
      must(
        db.sqlite
          .query<{ status: string; status_reason: string | null }, [string]>("SELECT status, status_reason FROM campaigns WHERE id = ?")
          .get(id),
        id,
      ),
    setStatus(campaignId, status) {
      run("UPDATE campaigns SET status = ? WHERE id = ?", status, campaignId);
      test.machine.dispatcher.sweep();
    },
    lead: (number, campaignId) =>
      must(
        db.sqlite
          .query<LeadRow, [string, string | null]>(
            "SELECT * FROM leads WHERE phone_number = ?1 AND campaign_id = coalesce(?2, campaign_id)",
          )
          .get(number, campaignId ?? null),
        number,
      ),
    statuses: (campaignId) =>
      Object.fromEntries(
        db.sqlite
          .query<{ status: string; n: number }, [string | null]>(
            "SELECT status, count(*) AS n FROM leads WHERE campaign_id = coalesce(?1, campaign_id) GROUP BY status",
          )
          .all(campaignId ?? null)
          .map(({ status, n }) => [status, n]),
      ),
    events: () =>
      db.sqlite
        .query<{ body: string }, []>("SELECT body FROM deliveries WHERE event = 'campaign.lead_completed' ORDER BY sequence")
        .all()
        .map(({ body }) => JSON.parse(body)),
    settle() {
      clock.settle();
      if (!db.suspect) expect(checkInvariants(db)).toEqual([]);
    },
    restart() {
      clock.clear();
      dialer.forget();
      test.machine = start(`boot_${(boots += 1)}`);
    },
  };
  return test;
}

/** The published agent that every test campaign uses. */
const TEST_AGENT = {
  name: "Anna",
  connection: { type: "simulated" } as Connection,
  callPolicy: { ringTimeoutSeconds: 45, maxDurationSeconds: 600, silenceTimeoutSeconds: 30 },
  variables: {},
};

function must<T>(row: T | null, what: string): T {
  if (row === null) throw new Error(`no row for ${what}`);
  return row;
}

/**
 * Checks that hold at every moment: counters equal rows, no attempt twice, no number in two open calls, caps kept, the
 * ledger adds up. Where caps `mayShrink` calls in progress outlive a cap that was lowered, and they are not looked at.
 */
export function checkInvariants(db: Db, caps: { total?: number; mayShrink?: boolean } = {}): string[] {
  const ask = <T>(sql: string) => db.sqlite.query<T, []>(sql).all();
  const open = "('placing', 'ringing', 'answered')";
  const problems: string[] = [];
  const report = (what: string, rows: unknown[]) => rows.length > 0 && problems.push(`${what}: ${JSON.stringify(rows.slice(0, 3))}`);
  report(
    "counters differ from rows",
    ask(`
    SELECT * FROM (SELECT campaign_id, status, coalesce(disposition, '') AS disposition, count(*) AS n FROM leads WHERE campaign_id IN (SELECT id FROM campaigns) GROUP BY 1, 2, 3
    EXCEPT SELECT campaign_id, status, disposition, count FROM lead_counts WHERE count <> 0)
    UNION ALL SELECT * FROM (SELECT campaign_id, status, disposition, count FROM lead_counts WHERE count <> 0
    EXCEPT SELECT campaign_id, status, coalesce(disposition, ''), count(*) FROM leads GROUP BY 1, 2, 3)`),
  );
  report(
    "an attempt exists twice",
    ask("SELECT lead_id, attempt FROM calls WHERE uses_attempt = 1 AND lead_id IS NOT NULL GROUP BY 1, 2 HAVING count(*) > 1"),
  );
  report("a number is in two open calls", ask(`SELECT to_number FROM calls WHERE status IN ${open} GROUP BY 1 HAVING count(*) > 1`));
  report(
    "a lead is open without an open call",
    ask(
      `SELECT id FROM leads l WHERE status IN ('dialing', 'in_progress') AND NOT EXISTS (SELECT 1 FROM calls c WHERE c.id = l.call_id AND (c.status IN ${open} OR (l.status = 'in_progress' AND c.analysis_due_at IS NOT NULL)))`,
    ),
  );
  report(
    "a call waits for an analysis that it should not have",
    ask(
      "SELECT id FROM calls WHERE analysis_due_at IS NOT NULL AND (status <> 'ended' OR ending <> 'completed' OR awaits_analysis = 0 OR outcome IS NOT NULL OR disposition IS NOT NULL)",
    ),
  );
  report(
    "a call waits for its analysis, and its lead does not",
    ask(
      "SELECT c.id FROM calls c JOIN leads l ON l.id = c.lead_id WHERE c.analysis_due_at IS NOT NULL AND (l.status <> 'in_progress' OR l.call_id <> c.id)",
    ),
  );
  report(
    "a completed call has no disposition",
    ask("SELECT id FROM calls WHERE status = 'ended' AND ending = 'completed' AND disposition IS NULL AND analysis_due_at IS NULL"),
  );
  report("an opt-out has no evidence of a call", ask("SELECT id FROM dnc WHERE evidence IS NOT NULL AND call_id IS NULL"));
  // Deleting a campaign takes its leads at once; the calls that are still in the air end in their own records.
  report(
    "an open call without an open lead",
    ask(
      `SELECT id FROM calls c WHERE lead_id IS NOT NULL AND campaign_id IN (SELECT id FROM campaigns) AND status IN ${open} AND NOT EXISTS (SELECT 1 FROM leads l WHERE l.call_id = c.id AND l.status IN ('dialing', 'in_progress'))`,
    ),
  );
  report(
    "attempts differ from calls",
    ask(
      "SELECT l.id, l.attempts, count(c.id) AS calls FROM leads l LEFT JOIN calls c ON c.lead_id = l.id AND c.uses_attempt = 1 GROUP BY l.id HAVING l.attempts <> count(c.id)",
    ),
  );
  if (caps.mayShrink !== true) {
    report(
      "a campaign is over its cap",
      ask(
        `SELECT p.id, count(*) AS n FROM calls c JOIN campaigns p ON p.id = c.campaign_id WHERE c.status IN ${open} GROUP BY p.id HAVING count(*) > p.max_concurrent`,
      ),
    );
    report(
      "a trunk is over its cap",
      ask(
        `SELECT t.id, count(*) AS n FROM calls c JOIN trunks t ON t.id = c.trunk_id WHERE c.status IN ${open} GROUP BY t.id HAVING count(*) > t.max_concurrent`,
      ),
    );
  }
  // One that was called again by hand has one more for each time.
  report(
    "a final lead without exactly one event",
    ask(`
    WITH told AS MATERIALIZED (SELECT lead_id, count(*) AS events FROM deliveries WHERE event = 'campaign.lead_completed' GROUP BY lead_id)
    SELECT l.id, coalesce(told.events, 0) AS events FROM leads l JOIN campaigns p ON p.id = l.campaign_id LEFT JOIN told ON told.lead_id = l.id
     WHERE p.webhook_url IS NOT NULL AND l.status IN ('completed', 'voicemail', 'no_answer', 'busy', 'failed', 'dnc_blocked')
       AND (told.events IS NULL OR (told.events > 1 AND l.attempts_granted = 0))`),
  );
  report(
    "the balance is not the sum of the ledger",
    ask(
      "SELECT balance, (SELECT coalesce(sum(amount), 0) FROM credit_ledger) AS sum FROM credit_account WHERE balance <> (SELECT coalesce(sum(amount), 0) FROM credit_ledger)",
    ),
  );
  report(
    "what is reserved is not the reserve of the open calls",
    ask(`
    SELECT reserved, (SELECT coalesce(sum(reserve_micros), 0) FROM calls WHERE status IN ${open}) AS open_calls FROM credit_account
     WHERE reserved <> (SELECT coalesce(sum(reserve_micros), 0) FROM calls WHERE status IN ${open})`),
  );
  report(
    "a reserve without an open call",
    ask(`
    SELECT call_id, sum(amount) AS left FROM credit_ledger WHERE kind IN ('reserve', 'release') GROUP BY call_id
    HAVING sum(amount) <> 0 AND NOT EXISTS (SELECT 1 FROM calls c WHERE c.id = call_id AND c.status IN ${open})`),
  );
  report(
    "a call was not charged what it cost",
    ask(`
    SELECT c.id, c.cost_micros, (SELECT -sum(amount) FROM credit_ledger e WHERE e.call_id = c.id AND e.kind = 'charge') AS charged FROM calls c
     WHERE c.reserve_micros IS NOT NULL AND c.status NOT IN ${open}
       AND c.cost_micros IS NOT coalesce((SELECT -sum(amount) FROM credit_ledger e WHERE e.call_id = c.id AND e.kind = 'charge'), 0)`),
  );
  report(
    "counts of the ledger differ from its entries",
    ask(`
    SELECT campaign_id, kind, count, amount FROM credit_counts
    EXCEPT SELECT coalesce(campaign_id, ''), kind, count(*), sum(amount) FROM credit_ledger GROUP BY 1, 2`),
  );
  if (caps.total !== undefined) {
    const inFlight = ask<{ n: number }>(`SELECT count(*) AS n FROM calls WHERE status IN ${open}`)[0]?.n ?? 0;
    if (inFlight > caps.total) problems.push(`${inFlight} calls are open, the cap is ${caps.total}`);
  }
  return problems;
}
