// A world for tests of the API: a database in memory, a clock that stands still, and the rooms' routes behind their door.
// The builders below insert what a test needs; a test names only what matters to it.

import type { DialingControl } from "../../src/calls/control.ts";
import { createCalendar } from "../../src/campaigns/calendar.ts";
import { createHolidayCalendar, type HolidayCalendar } from "../../src/campaigns/holidays.ts";
import type { CampaignStatus } from "../../src/campaigns/lifecycle.ts";
import { campaignRoutes } from "../../src/campaigns/routes.ts";
import { type CampaignRow, insertCampaign } from "../../src/campaigns/store.ts";
import type { Calendar, Schedule } from "../../src/campaigns/window.ts";
import { checkCredit } from "../../src/credits/service.ts";
import { type Db, openDatabase } from "../../src/database/open.ts";
import { agents, agentVersions, phoneNumbers, trunks } from "../../src/database/tables.ts";
import { transact } from "../../src/database/transaction.ts";
import { type Api, createApi } from "../../src/http/api.ts";
import type { Caller } from "../../src/http/door/auth.ts";
import type { DoorDependencies } from "../../src/http/door/door.ts";
import type { Role } from "../../src/http/door/roles.ts";
import { keyRoutes } from "../../src/keys/routes.ts";
import { createFindCaller, createKey } from "../../src/keys/service.ts";
import type { RetryPolicy } from "../../src/leads/retry.ts";
import { leadRoutes } from "../../src/leads/routes.ts";
import { insertLeads } from "../../src/leads/store.ts";
import type { ZonesOf } from "../../src/leads/zones.ts";
import { createIds, type NewId } from "../../src/runtime/ids.ts";
import { createLog, type Log } from "../../src/runtime/log.ts";
import { type Random, seededRandom } from "../../src/runtime/random.ts";
import { documentOf, expectConforms } from "./conformance.ts";
import { createFakeClock, type FakeClock } from "./fake-clock.ts";

/** The machine, as far as the rooms see it: writes down what it is asked. */
export interface FakeControl extends DialingControl {
  nudges: number;
  hangUps: Parameters<DialingControl["hangUp"]>[0][];
  /** What `checkTrunk` says. */
  trunkFault: string | undefined;
  /** What `checkBot` says. */
  botFault: string | undefined;
}

/** What every room's dependencies are made of. */
export interface Parts {
  db: Db;
  clock: FakeClock;
  newId: NewId;
  random: Random;
  log: Log;
  /** The lines that were logged. */
  logged: string[];
  control: FakeControl;
  findCaller: (key: string) => Caller | undefined;
  /** Knows one country: India. */
  zonesOf: ZonesOf;
  /** Refuses the host `private.example`. */
  checkTarget: (url: string) => string | undefined;
  checkCredit: (campaignId: string) => string | undefined;
  holidays: HolidayCalendar;
  calendar: Calendar;
}

export function createParts(): Parts {
  const db = openDatabase({ path: ":memory:" });
  const clock = createFakeClock();
  const random = seededRandom(1);
  const logged: string[] = [];
  const log = createLog("debug", clock, (line) => logged.push(line));
  const control: FakeControl = {
    nudges: 0,
    hangUps: [],
    trunkFault: undefined,
    botFault: undefined,
    nudge: () => void (control.nudges += 1),
    hangUp: (filter) => void control.hangUps.push(filter),
    checkTrunk: async () => control.trunkFault,
    checkBot: async () => control.botFault,
  };
  const checkTarget = (url: string) =>
    new URL(url).hostname === "private.example" ? `webhookUrl is '${url}', a private address` : undefined;
  const zonesOf: ZonesOf = (number, timezone) => timezone ?? (number.startsWith("+91") ? "Asia/Kolkata" : "?");
  const holidays = createHolidayCalendar();
  return {
    db,
    clock,
    newId: createIds(clock, random),
    random,
    log,
    logged,
    control,
    findCaller: createFindCaller(db, clock, log),
    zonesOf,
    checkTarget,
    checkCredit: (id) => checkCredit(db, id),
    holidays,
    calendar: createCalendar(holidays),
  };
}

export interface RequestOptions {
  /** Another key than the admin's; null sends none. */
  key?: string | null;
  headers?: Record<string, string>;
}

export interface Answer {
  status: number;
  /** Parsed JSON, or the text of a CSV or a WAV; undefined when the answer has no body. */
  body: any;
  headers: Headers;
}

export interface World extends Parts {
  api: Api;
  adminKey: string;
  keyFor(role: Role): string;
  /** An object is sent as JSON; a text, bytes or a stream as they are. */
  request(method: string, path: string, body?: unknown, options?: RequestOptions): Promise<Answer>;
}

type Room = Parameters<typeof createApi>[0]["routes"][number];

/** The rooms of campaigns, leads and keys, and those that `more` adds, behind a door that `door` may furnish. */
export function createWorld(
  more: (parts: Parts) => readonly Room[] = () => [],
  door: (parts: Parts) => Partial<DoorDependencies> = () => ({}),
): World {
  const parts = createParts();
  const { db, log, newId, findCaller } = parts;
  const api = createApi({
    log,
    newId,
    findCaller,
    ...door(parts),
    routes: [campaignRoutes(parts), leadRoutes(parts), keyRoutes(parts), ...more(parts)],
  });
  const keyFor = (role: Role) => createKey(db, parts, { name: role, role }).key;
  const adminKey = keyFor("admin");
  return {
    ...parts,
    api,
    adminKey,
    keyFor,
    async request(method, path, body, { key = adminKey, headers = {} } = {}) {
      const isRaw = typeof body === "string" || body instanceof Uint8Array || body instanceof ReadableStream;
      const response = await api.handle(
        new Request(`http://localhost${path}`, {
          method,
          headers: {
            ...(key === null ? {} : { authorization: `Bearer ${key}` }),
            ...(isRaw || body === undefined ? {} : { "content-type": "application/json" }),
            ...headers,
          },
          body: isRaw || body === undefined ? body : JSON.stringify(body),
        }),
      );
      const text = await response.text();
      const isText = /^(text|audio)\//.test(response.headers.get("content-type") ?? "");
      const answer = {
        status: response.status,
        body: isText || text === "" ? text || undefined : JSON.parse(text),
        headers: response.headers,
      };
      expectConforms(documentOf(api), method, path, answer);
      return answer;
    },
  };
}

/** A trunk, a number on it and an agent with `versions` versions: what a campaign names. */
export interface Line {
  trunkId: string;
  phoneNumberId: string;
  agentId: string;
}

export function insertLine(
  { db, newId, clock }: Parts,
  { versions = 1, from = "+14155550100" }: { versions?: number; from?: string } = {},
): Line {
  const now = clock.now();
  const at = { createdAt: now, updatedAt: now };
  const line = { trunkId: newId("trk"), phoneNumberId: newId("pn"), agentId: newId("agent") };
  db.orm
    .insert(trunks)
    .values({
      id: line.trunkId,
      name: "Simulator",
      driver: "simulator",
      maxConcurrent: null,
      callsPerSecond: null,
      allowedPrefixes: "[]",
      options: "{}",
      ...at,
    })
    .run();
  db.orm
    .insert(phoneNumbers)
    .values({ id: line.phoneNumberId, phoneNumber: from, label: null, trunkId: line.trunkId, ...at })
    .run();
  db.orm
    .insert(agents)
    .values({ id: line.agentId, name: "Agent", draft: "{}", currentVersion: versions, ...at })
    .run();
  for (let version = 1; version <= versions; version += 1) {
    db.orm
      .insert(agentVersions)
      .values({
        agentId: line.agentId,
        version,
        id: `${line.agentId}_${version}`,
        label: null,
        notes: null,
        snapshot: "{}",
        createdAt: now,
      })
      .run();
  }
  return line;
}

type CampaignWish = Partial<Omit<CampaignRow, "schedule" | "retryPolicy">> & {
  status?: CampaignStatus;
  line?: Line;
  schedule?: Partial<Schedule>;
  retryPolicy?: Partial<RetryPolicy>;
};

/** A draft with the contract's defaults, on a line of its own unless one is given. */
export function insertCampaignRow(parts: Parts, { line, schedule, retryPolicy, ...columns }: CampaignWish = {}): CampaignRow {
  const now = parts.clock.now();
  const { agentId, phoneNumberId } = line ?? insertLine(parts, { from: `+1415555${String(countNumbers(parts.db)).padStart(4, "0")}` });
  const row: CampaignRow = {
    id: parts.newId("cmp"),
    name: "Spring",
    agentId,
    agentVersion: 1,
    phoneNumberId,
    status: "draft",
    statusReason: null,
    maxConcurrent: 5,
    scheduledStartAt: null,
    schedule: JSON.stringify({
      timezone: "Asia/Kolkata",
      windowStart: "09:00",
      windowEnd: "19:00",
      weekdays: [0, 1, 2, 3, 4, 5, 6],
      ...schedule,
    }),
    retryPolicy: JSON.stringify({ maxAttempts: 3, backoffMinutes: 60, retryOn: ["no_answer", "busy"], ...retryPolicy }),
    webhookUrl: null,
    createdAt: now,
    updatedAt: now,
    startedAt: null,
    completedAt: null,
    endAt: null,
    callsPerSecond: null,
    weight: 1,
    defaultCountry: null,
    phoneNumberIds: "[]",
    contactLimits: "[]",
    restAfterConversationHours: null,
    preDialHook: null,
    ...columns,
  };
  insertCampaign(parts.db, row);
  return row;
}

function countNumbers(db: Db): number {
  return db.sqlite.query<{ n: number }, []>("SELECT count(*) AS n FROM phone_numbers").get()?.n ?? 0;
}

/** Pending leads, by number, in that order; gives their ids. */
export function insertLeadRows(
  { db, newId, clock }: Parts,
  campaignId: string,
  numbers: readonly string[],
  variables: object = {},
): string[] {
  const leads = numbers.map((phoneNumber) => ({ id: newId("ld"), phoneNumber, variables: JSON.stringify(variables) }));
  transact(db, () => insertLeads(db, campaignId, leads, clock.now()));
  return leads.map((lead) => lead.id);
}

/** `count` different numbers that are possible in India. */
export function someNumbers(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `+9198${String(index).padStart(8, "0")}`);
}
