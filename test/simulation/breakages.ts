// Ways to break the program on purpose, from outside and in this run alone: each takes one guard away, and the drill
// must notice. The machine's own statements read views that hide a rule from it; the rooms keep their sight.

import type { Dialer } from "../../src/calls/dialer.ts";
import type { Db } from "../../src/database/open.ts";
import type { GroupCommit } from "../../src/runtime/group-commit.ts";
import type { PreDial } from "../../src/webhooks/pre-dial/asking.ts";
import type { FakeClock } from "../support/fake-clock.ts";
import { ProcessDied } from "./life.ts";

export interface Breakage {
  /** Changes the machine's own statements. */
  rewrite?: (sql: string) => string;
  /** Puts into the store what the rewritten statements need. */
  prepare?: (real: Db) => void;
  wrapDialer?: (dialer: Dialer, clock: FakeClock) => Dialer;
  wrapCommit?: (commit: GroupCommit, db: Db) => GroupCommit;
  wrapPreDial?: (preDial: PreDial) => PreDial;
  /** The machine is told of a cap that is none. */
  hasNoCap?: boolean;
}

const ALWAYS = JSON.stringify({ timezone: "UTC", windowStart: "00:00", windowEnd: "23:59", weekdays: [0, 1, 2, 3, 4, 5, 6] });

/** What is taken away, how, and what the drill must say then. */
export const breakages: readonly { name: string; breakage: Breakage; notices: RegExp }[] = [
  { name: "the do-not-call list is not looked at", breakage: blind("dnc", {}, "WHERE 0"), notices: /^S5: / },
  { name: "the cap over everything is not kept", breakage: { hasNoCap: true }, notices: /^S6: .* in the air, the cap is/ },
  {
    name: "a campaign's cap is not kept",
    breakage: blind("campaigns", { max_concurrent: "1000" }),
    notices: /^S6: .* of cmp_\w+ in the air/,
  },
  { name: "a trunk's cap is not kept", breakage: blind("trunks", { max_concurrent: "NULL" }), notices: /^S6: .* calls on trunk/ },
  { name: "a trunk's rate is not kept", breakage: blind("trunks", { calls_per_second: "NULL" }), notices: /^S6: .* within a second/ },
  { name: "a call leaves one turn later than it was decided", breakage: { wrapDialer: placingLater }, notices: /^S(5|6|8): / },
  { name: "the window is always open", breakage: blind("campaigns", { schedule: `'${ALWAYS}'` }), notices: /^S4: / },
  {
    name: "a pause is not seen",
    breakage: blind("campaigns", { status: "CASE status WHEN 'paused' THEN 'running' ELSE status END" }),
    notices: /^S8: /,
  },
  {
    name: "a number may be in two calls",
    breakage: { rewrite: (sql) => sql.replaceAll("calls.to_number = l.phone_number", "0") },
    notices: /^S9: two calls|in two open calls/,
  },
  {
    name: "a lead may be tried too often",
    breakage: blind("campaigns", { retry_policy: "json_set(retry_policy, '$.maxAttempts', 10)" }),
    notices: /^S9: attempt/,
  },
  {
    name: "a lead is tried again whatever it ended in",
    breakage: blind("campaigns", {
      retry_policy: `json_set(retry_policy, '$.retryOn', json('["no_answer","busy","voicemail","failed"]'))`,
    }),
    notices: /^S9: .* was called again/,
  },
  {
    name: "a campaign's rate is not kept",
    breakage: blind("campaigns", { calls_per_second: "NULL" }),
    notices: /^S6: .* within a second of campaign/,
  },
  { name: "a number's cap is not kept", breakage: blind("phone_numbers", { max_concurrent: "NULL" }), notices: /^S6: .* calls from/ },
  {
    name: "every call leaves through the same trunk",
    breakage: blind("phone_numbers", { trunk_id: "(SELECT min(id) FROM trunks)" }),
    notices: /^S6: a call from .* left through/,
  },
  {
    name: "people are called by the campaign's clock",
    breakage: blind("campaigns", { schedule: "json_remove(schedule, '$.timezoneMode')" }),
    notices: /^S4: .*"recipient"/,
  },
  { name: "contact limits are not kept", breakage: blind("campaigns", { contact_limits: "'[]'" }), notices: /^S9: call .* the limit is/ },
  {
    name: "the rest after a conversation is not kept",
    breakage: blind("campaigns", { rest_after_conversation_hours: "NULL" }),
    notices: /^S9: .* in the rest of/,
  },
  {
    name: "a campaign's hook is not waited for",
    breakage: { wrapPreDial: (preDial) => ({ ...preDial, verdict: () => ({ kind: "eligible" }) }) },
    notices: /^S11: .* a yes/,
  },
  {
    name: "leads that wait for an analysis are forgotten",
    breakage: { rewrite: (sql) => sql.replace("c.analysis_due_at IS NOT NULL ORDER", "c.analysis_due_at IS NOT NULL AND c.id = '' ORDER") },
    notices: /waits for its analysis for ever|never concluded/,
  },
  { name: "a result is settled twice", breakage: { wrapCommit: settlingTwice }, notices: /event|differ|attempt|logged/ },
];

/** Lets the machine read `columns` of a table as other expressions, or only the rows of `where`. */
function blind(table: string, columns: Record<string, string>, where = ""): Breakage {
  const source = new RegExp(`\\b(FROM|JOIN) ${table}\\b( (?!WHERE|ON|ORDER|JOIN|LEFT|GROUP|LIMIT)[a-z]\\w*)?`, "g");
  return {
    prepare({ sqlite }) {
      const names = sqlite
        .query<{ name: string }, [string]>("SELECT name FROM pragma_table_info(?1)")
        .all(table)
        .map(({ name }) => name);
      const list = names.map((name) => (columns[name] === undefined ? name : `${columns[name]} AS ${name}`));
      sqlite.run(`CREATE VIEW blind_${table} AS SELECT ${list.join(", ")} FROM ${table} ${where}`);
    },
    rewrite: (sql) =>
      /^\s*(SELECT|WITH)\b/.test(sql)
        ? sql.replace(source, (_all, word, alias) => `${word} blind_${table}${alias ?? ` AS ${table}`}`)
        : sql,
  };
}

function placingLater(dialer: Dialer, clock: FakeClock): Dialer {
  return {
    ...dialer,
    place(order, events) {
      let call: ReturnType<Dialer["place"]> | undefined;
      clock.soon(() => {
        try {
          call = dialer.place(order, events);
        } catch (error) {
          if (error instanceof ProcessDied) throw error;
          events.ended({ ending: "failed", retry: "policy", reason: "dialer_threw", ringMs: 0, talkMs: 0 });
        }
      });
      return { hangUp: (reason) => call?.hangUp(reason) };
    },
  };
}

/** Opens again what a job has settled, and runs the job once more. */
function settlingTwice(commit: GroupCommit, { sqlite }: Db): GroupCommit {
  const openCalls = () =>
    sqlite
      .query<{ id: string; leadId: string | null }, []>(
        "SELECT id, lead_id AS leadId FROM calls WHERE status IN ('placing', 'ringing', 'answered')",
      )
      .all();
  return {
    ...commit,
    add: (job) =>
      commit.add({
        ...job,
        work() {
          const before = openCalls();
          const result = job.work();
          const settled = before.filter(({ id }) => !openCalls().some((call) => call.id === id));
          for (const { id, leadId } of settled) {
            sqlite.query("UPDATE calls SET status = 'placing' WHERE id = ?1").run(id);
            sqlite.query("UPDATE leads SET status = 'dialing' WHERE id = ?1").run(leadId ?? "");
          }
          return settled.length === 0 ? result : job.work();
        },
      }),
  };
}
