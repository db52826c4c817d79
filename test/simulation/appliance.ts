// The appliance as app.ts puts it together, on the store, the clock and the carrier of a drill: the API once, and the
// machine anew for each life. The API's rooms hold nothing between requests, so they may outlive a process.

import { createCalendar } from "../../src/campaigns/calendar.ts";
import { createHolidayCalendar } from "../../src/campaigns/holidays.ts";
import { Elysia } from "elysia";
import { agentRoutes } from "../../src/agents/routes.ts";
import type { Analyser } from "../../src/calls/analyser.ts";
import type { CallControl, DialingControl } from "../../src/calls/control.ts";
import type { Dialer } from "../../src/calls/dialer.ts";
import { callRoutes } from "../../src/calls/routes.ts";
import { campaignRoutes } from "../../src/campaigns/routes.ts";
import { purgeDeletedCampaigns } from "../../src/campaigns/service.ts";
import { billingRoutes } from "../../src/credits/routes.ts";
import { checkCredit } from "../../src/credits/service.ts";
import type { Db } from "../../src/database/open.ts";
import { commitTo, createMachine, type Machine } from "../../src/dialing/machine.ts";
import { dncRoutes } from "../../src/dnc/routes.ts";
import { createApi } from "../../src/http/api.ts";
import { resumeUploads } from "../../src/leads/upload/import.ts";
import { leadRoutes } from "../../src/leads/routes.ts";
import { phoneNumberRoutes } from "../../src/numbers/routes.ts";
import type { GroupCommit } from "../../src/runtime/group-commit.ts";
import { createIds, type NewId } from "../../src/runtime/ids.ts";
import type { Log } from "../../src/runtime/log.ts";
import type { Random } from "../../src/runtime/random.ts";
import { nextTurn } from "../../src/runtime/turn.ts";
import { limitRoutes } from "../../src/settings/limits-routes.ts";
import { trunkRoutes } from "../../src/trunks/routes.ts";
import { createDelivery, type Delivery } from "../../src/webhooks/delivery.ts";
import { createPreDial, type PreDial } from "../../src/webhooks/pre-dial/asking.ts";
import type { Sender } from "../../src/webhooks/sender.ts";
import type { FakeClock } from "../support/fake-clock.ts";
import type { Life } from "./life.ts";
import { zonesOf } from "./places.ts";

/** One process that runs. */
export interface Running {
  life: Life;
  db: Db;
  machine: Machine;
  delivery: Delivery;
  /** Long work that an earlier life left; settles when it is done, or dead. */
  longWork: Promise<unknown>;
}

export interface BootDependencies {
  life: Life;
  clock: FakeClock;
  random: Random;
  log: Log;
  /** The store for the rooms, and for the machine, which a drill may blind. */
  db: Db;
  machineDb: Db;
  dialer: Dialer;
  sender: Sender;
  /** Asks campaigns' pre-dial hooks. */
  hookSender: Sender;
  analyser: Analyser;
  maxConcurrentCalls: number;
  wrapPreDial?: (preDial: PreDial) => PreDial;
  wrapCommit?: (commit: GroupCommit, db: Db) => GroupCommit;
}

const holidays = createHolidayCalendar();

/** Throws ProcessDied when it dies on the way up. */
export function boot({
  life,
  clock,
  random,
  log,
  db,
  machineDb,
  dialer,
  sender,
  hookSender,
  analyser,
  maxConcurrentCalls,
  wrapCommit = (commit) => commit,
  wrapPreDial = (preDial) => preDial,
}: BootDependencies): Running {
  const newId = createIds(clock, random);
  const commit = wrapCommit(commitTo(machineDb, clock), machineDb);
  const secrets = () => ["whsec_c2VjcmV0"];
  const delivery = createDelivery({ db: machineDb, clock, random, log, commit, sender, secrets });
  const preDial = createPreDial({ sender: hookSender, clock, log, newId, secrets, onAnswer: () => machine.dispatcher.nudge() });
  const machine = createMachine({
    db: machineDb,
    newId,
    random,
    bootId: newId("boot"),
    clock,
    alarm: clock.alarm,
    log,
    commit,
    dialers: { simulator: dialer },
    maxConcurrentCalls,
    preDial: wrapPreDial(preDial),
    analyser,
    onOutcome: delivery.nudge,
  });
  machine.start();
  delivery.nudge();
  const longWork = Promise.all([resumeUploads({ db, clock, newId, zonesOf }), purgeDeletedCampaigns(db)]).then(
    machine.dispatcher.nudge,
    (error) => log.error("recovery.long_work_failed", { error }),
  );
  return { life, db, machine, delivery, longWork };
}

/** The answer to a request; undefined when the process died before it came. */
export interface Answer {
  status: number;
  body: any;
}

export type Ask = (method: string, path: string, body?: unknown) => Promise<Answer>;

/** The API of whatever process runs. */
export function createRooms({ running, clock, random, log }: { running: () => Running; clock: FakeClock; random: Random; log: Log }): Ask {
  const db: Db = {
    get sqlite() {
      return running().db.sqlite;
    },
    get orm() {
      return running().db.orm;
    },
    get suspect() {
      return running().db.suspect;
    },
    set suspect(value) {
      running().db.suspect = value;
    },
    reopen: () => running().db.reopen(),
    close: () => undefined,
  };
  const newId: NewId = createIds(clock, random);
  const control: DialingControl = {
    nudge: () => running().machine.dispatcher.sweep(),
    hangUp: (filter) => running().machine.attempts.hangUp(filter, "cancelled"),
    checkTrunk: () => Promise.resolve(undefined),
    checkBot: () => Promise.resolve(undefined),
  };
  const callControl: CallControl = {
    nudge: () => running().machine.dispatcher.nudge(),
    placeCall: (wish) => running().machine.singles.place(wish),
    endCall: (callId) => running().machine.attempts.hangUpCall(callId, "ended_by_request"),
    transferCall: (callId, destination) => running().machine.attempts.transfer(callId, destination),
    report: (callId, report) => running().machine.report(callId, report),
  };
  const api = createApi({
    log,
    newId,
    findCaller: () => ({ keyId: "key_drill", role: "admin" }),
    routes: [
      agentRoutes({ db, clock, newId }),
      trunkRoutes({
        db,
        clock,
        newId,
        drivers: ["simulator"],
        check: () => Promise.resolve(undefined),
        profiles: [],
        problemsOf: () => [],
        changed: () => undefined,
      }),
      phoneNumberRoutes({ db, clock, newId }),
      dncRoutes({ db, clock, newId, control, pause: nextTurn, onEvent: () => undefined }),
      billingRoutes({ db, clock, control }),
      limitRoutes({ db, control }),
      callRoutes({ db, control: callControl }),
      leadRoutes({ db, clock, newId, control, zonesOf }),
      campaignRoutes({
        db,
        clock,
        newId,
        log,
        control,
        checkTarget: () => undefined,
        checkCredit: (id) => checkCredit(db, id),
        holidays,
        calendar: createCalendar(holidays),
      }),
    ] satisfies readonly Elysia<any, any, any, any, any, any, any>[],
  });
  return async (method, path, body) => {
    const isText = typeof body === "string";
    const response = await api.handle(
      new Request(`http://localhost${path}`, {
        method,
        headers: { authorization: "Bearer drill", ...(isText ? { "content-type": "text/csv" } : {}) },
        ...(body === undefined ? {} : { body: isText ? body : JSON.stringify(body) }),
      }),
    );
    const text = await response.text();
    return { status: response.status, body: text === "" ? undefined : JSON.parse(text) };
  };
}
