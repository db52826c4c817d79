// The API over the nouns' rooms, in memory: real database, real routes, a clock that stands, and edges that the test reads.

import { expect } from "bun:test";
import { Elysia } from "elysia";
import { agentRoutes } from "../../src/agents/routes.ts";
import type { DialTrunk } from "../../src/calls/dialer.ts";
import { billingRoutes } from "../../src/credits/routes.ts";
import { type Db, openDatabase } from "../../src/database/open.ts";
import { campaigns } from "../../src/database/tables.ts";
import { dncRoutes } from "../../src/dnc/routes.ts";
import { type Api, createApi } from "../../src/http/api.ts";
import { type Role, roles } from "../../src/http/roles.ts";
import { phoneNumberRoutes } from "../../src/numbers/routes.ts";
import { createIds, type NewId } from "../../src/runtime/ids.ts";
import { createLog } from "../../src/runtime/log.ts";
import { seededRandom } from "../../src/runtime/random.ts";
import { settingsRoutes } from "../../src/settings/routes.ts";
import type { TrunkDriver } from "../../src/trunks/options.ts";
import { listTrunkProfiles, problemsOfTrunk } from "../../src/dialers.ts";
import { trunkRoutes } from "../../src/trunks/routes.ts";
import { webhookRoutes } from "../../src/webhooks/routes.ts";
import { documentOf, expectConforms } from "./conformance.ts";
import { createFakeClock, type FakeClock } from "./fake-clock.ts";

/** What came back; `json` is undefined for an empty body. */
export interface Answer {
  status: number;
  json: any;
}

export interface Nouns {
  api: Api;
  db: Db;
  clock: FakeClock;
  newId: NewId;
  /** The numbers whose ringing calls were ended, in order. */
  hungUp: string[];
  /** How often long work let the loop turn. */
  pauses: () => number;
  /** How often the machine was told to look again. */
  nudges: () => number;
  /** How often delivery was told that there may be something to send. */
  events: () => number;
  /** Asks as an admin unless told otherwise; null sends no key. */
  ask(method: string, path: string, body?: unknown, role?: Role | null): Promise<Answer>;
  /** A campaign that names the agent and the number. */
  addCampaign(words: { name: string; agentId: string; phoneNumberId: string }): string;
}

/** The edges that a test may replace. */
export interface NounEdges {
  drivers?: readonly TrunkDriver[];
  check?: (trunk: DialTrunk) => Promise<string | undefined>;
  checkTarget?: (url: string) => string | undefined;
  sendTest?: (url: string) => Promise<{ delivered: boolean; status: number | null; error: string | null; durationMs: number }>;
  /** Runs whenever long work lets the loop turn. */
  onPause?: (db: Db) => void;
  /** Runs whenever a ringing call to a number is ended. */
  onHangUp?: (db: Db, phoneNumber: string) => void;
}

export function createNouns(edges: NounEdges = {}): Nouns {
  const db = openDatabase({ path: ":memory:" });
  const clock = createFakeClock();
  const random = seededRandom(7);
  const newId = createIds(clock, random);
  const hungUp: string[] = [];
  let pauses = 0;
  let nudges = 0;
  let events = 0;
  const hangUp = ({ phoneNumber = "", ringingOnly }: { phoneNumber?: string; ringingOnly?: boolean }) => {
    if (ringingOnly !== true) throw new Error("a listed number must spare the calls that were answered");
    hungUp.push(phoneNumber);
    edges.onHangUp?.(db, phoneNumber);
  };
  const pause = async () => {
    pauses += 1;
    edges.onPause?.(db);
  };
  const log = createLog("error", clock, (line) => console.error(line));
  const api = createApi({
    log,
    newId,
    findCaller: (key) => roles.filter((role) => role === key).map((role) => ({ keyId: `key_${role}`, role }))[0],
    routes: [
      // As /api/campaigns/:id stands beside /api/campaigns/dnc.
      new Elysia({ prefix: "/api/campaigns" }).get("/:id", ({ params }) => ({ campaign: params.id })).delete("/:id", ({ params }) => ({ deleted: params.id })),
      agentRoutes({ db, clock, newId }),
      phoneNumberRoutes({ db, clock, newId }),
      trunkRoutes({ db, clock, newId, drivers: edges.drivers ?? ["simulator"], check: edges.check ?? (async () => undefined), profiles: listTrunkProfiles(), problemsOf: problemsOfTrunk, changed: () => undefined }),
      settingsRoutes({
        db,
        clock,
        random,
        checkTarget: edges.checkTarget ?? (() => undefined),
        sendTest: edges.sendTest ?? (async () => ({ delivered: true, status: 200, error: null, durationMs: 1 })),
      }),
      webhookRoutes({ db, clock, nudge: () => void (events += 1), pause }),
      dncRoutes({ db, clock, newId, control: { hangUp }, pause, onEvent: () => void (events += 1) }),
      billingRoutes({ db, clock, control: { nudge: () => void (nudges += 1) } }),
    ],
  });

  return {
    api,
    db,
    clock,
    newId,
    hungUp,
    pauses: () => pauses,
    nudges: () => nudges,
    events: () => events,
    async ask(method, path, body, role = "admin") {
      const headers = role === null ? undefined : { authorization: `Bearer ${role}` };
      const response = await api.handle(new Request(`http://localhost${path}`, { method, headers, body: body === undefined ? undefined : JSON.stringify(body) }));
      const text = await response.text();
      const json = text === "" ? undefined : JSON.parse(text);
      expectConforms(documentOf(api), method, path, { status: response.status, body: json, headers: response.headers });
      return { status: response.status, json };
    },
    addCampaign({ name, agentId, phoneNumberId }) {
      const id = newId("cmp");
      const now = clock.now();
      db.orm.insert(campaigns).values({ id, name, agentId, agentVersion: 1, phoneNumberId, status: "draft", maxConcurrent: 5, schedule: "{}", retryPolicy: "{}", createdAt: now, updatedAt: now }).run();
      return id;
    },
  };
}

/** A refusal has the status, the code and a sentence, and says nothing of the inside. */
export function expectRefusal(answer: Answer, status: number, code: string, sentence: RegExp): void {
  expect({ status: answer.status, code: answer.json?.code }).toEqual({ status, code });
  expect(answer.json.error).toMatch(sentence);
  expect(Object.keys(answer.json).filter((name) => !["error", "code", "details"].includes(name))).toEqual([]);
}
