// The composition root: builds every part, starts them in order and stops them in the reverse order.

import { appendFileSync } from "node:fs";
import { lookup } from "node:dns/promises";
import { join } from "node:path";
import { agentRoutes } from "./agents/routes.ts";
import type { CallControl, DialingControl } from "./calls/control.ts";
import type { CallOrder, Dialer, DialTrunk } from "./calls/dialer.ts";
import { createOutcomeTokens } from "./calls/outcome-token.ts";
import { callRoutes } from "./calls/routes.ts";
import { campaignRoutes } from "./campaigns/routes.ts";
import { purgeDeletedCampaigns } from "./campaigns/service.ts";
import type { Config } from "./config.ts";
import { billingRoutes } from "./credits/routes.ts";
import { checkCredit } from "./credits/service.ts";
import { lockInstance } from "./database/instance-lock.ts";
import { type Db, openDatabase } from "./database/open.ts";
import { commitTo, createMachine, type Machine } from "./dialing/machine.ts";
import { dncRoutes } from "./dnc/routes.ts";
import { createApi } from "./http/api.ts";
import { databaseCheck, healthRoutes } from "./http/health.ts";
import { createIdempotency } from "./http/idempotency.ts";
import { createRequestLimit } from "./http/rate-limit.ts";
import { keyRoutes } from "./keys/routes.ts";
import { createFindCaller, ensureAdminKey } from "./keys/service.ts";
import { type ImportDependencies, resumeUploads } from "./leads/import.ts";
import { leadRoutes } from "./leads/routes.ts";
import { phoneNumberRoutes } from "./numbers/routes.ts";
import type { Alarm } from "./runtime/alarm.ts";
import { type Clock, SECOND } from "./runtime/clock.ts";
import { createIds } from "./runtime/ids.ts";
import type { Log } from "./runtime/log.ts";
import type { Random } from "./runtime/random.ts";
import { nextTurn } from "./runtime/turn.ts";
import { ensureInstallationSecret } from "./settings/installation-secret.ts";
import { settingsRoutes } from "./settings/routes.ts";
import { liveSecrets } from "./settings/store.ts";
import { createSimulator } from "./simulator/simulator-dialer.ts";
import { trunkRoutes } from "./trunks/routes.ts";
import { ensureDefaultTrunk } from "./trunks/service.ts";
import { dialTrunkOf, findTrunk } from "./trunks/store.ts";
import { createDelivery } from "./webhooks/delivery.ts";
import { createSender } from "./webhooks/sender.ts";
import { createTargetGuard } from "./webhooks/target-guard.ts";
import { createTestDelivery } from "./webhooks/test-delivery.ts";
import { version } from "./version.ts";

export interface AppOptions {
  config: Config;
  clock: Clock;
  alarm: Alarm;
  random: Random;
  log: Log;
}

/** The appliance, running. */
export interface App {
  /** The base URL it listens on. */
  readonly url: string;
  /** The admin key when this start generated one; it is not stored and can be shown only now. */
  readonly generatedAdminKey: string | undefined;
  /** Calls that are open now. */
  openCalls(): number;
  /** No new call; those in progress may go on for `drainMs`, the rest is hung up and settled; then everything closes. */
  stop(options?: { drainMs?: number }): Promise<void>;
}

/** Throws a sentence when the data directory is in use, the database cannot be opened or the port is taken. */
export function startApp(options: AppOptions): Promise<App> {
  const lock = lockInstance(options.config.dataDirectory, String(process.pid));
  try {
    const db = openDatabase({ path: join(options.config.dataDirectory, "outdial.db") });
    try {
      return Promise.resolve(assemble(options, db, lock.release));
    } catch (error) {
      db.close();
      throw error;
    }
  } catch (error) {
    lock.release();
    return Promise.reject(error);
  }
}

/** Every address of a host, as the system resolves it. */
async function resolveHost(host: string): Promise<string[]> {
  return (await lookup(host, { all: true })).map(({ address }) => address);
}

const HANG_UP_MS = 5 * SECOND;

function assemble(options: AppOptions, db: Db, unlock: () => void): App {
  const { config, clock, random, log } = options;
  const newId = createIds(clock, random);
  const identity = { clock, newId, random };
  const generatedAdminKey = ensureAdminKey(db, identity, config.adminKey);
  ensureDefaultTrunk(db, identity);
  const outcomeTokens = createOutcomeTokens(ensureInstallationSecret(db, random));

  const commit = commitTo(db, clock);
  const guard = createTargetGuard(config.webhookAllow, resolveHost, clock);
  const sender = createSender({ guard, clock, version });
  const secrets = () => liveSecrets(db, clock.now());
  const delivery = createDelivery({ db, clock, random, log, commit, sender, secrets });
  const dialers = { simulator: createSimulator({ clock, record: recordTo(config.simulatorLog, clock) }) };
  const parts = { db, newId, commit, dialers, bootId: newId("boot"), maxConcurrentCalls: config.maxConcurrentCalls };
  const machine = createMachine({ ...options, ...parts, onOutcome: delivery.nudge, outcomeToken: outcomeTokens.tokenFor });
  const check = (trunk: DialTrunk) => checkTrunk(dialers, trunk);
  const control = controlOf(db, machine, check);

  const findCaller = createFindCaller(db, clock, log);
  let draining = false;
  const api = createApi({
    log,
    newId,
    findCaller: (key, method, path) => outcomeTokens.callerFor(key, method, path) ?? findCaller(key),
    isDraining: () => draining,
    requestLimit: config.maxRequestsPerSecond > 0 ? createRequestLimit(config.maxRequestsPerSecond, clock) : undefined,
    idempotency: createIdempotency({ db, clock, random, log }),
    routes: [
      healthRoutes({ clock, checks: { database: databaseCheck(db) }, deepChecks: {} }),
      keyRoutes({ db, ...identity }),
      agentRoutes({ db, clock, newId }),
      trunkRoutes({ db, clock, newId, drivers: ["simulator"], check }),
      phoneNumberRoutes({ db, clock, newId }),
      settingsRoutes({ db, clock, random, checkTarget: guard.checkUrl, sendTest: createTestDelivery({ sender, clock, newId, secrets }) }),
      dncRoutes({ db, clock, newId, control, pause: nextTurn }),
      billingRoutes({ db, clock, control }),
      callRoutes({ db, clock, control: callControlOf(machine) }),
      leadRoutes({ db, clock, newId, control }),
      campaignRoutes({ db, clock, newId, log, control, checkTarget: guard.checkUrl, checkCredit: (id) => checkCredit(db, id) }),
    ],
  });
  const server = api.listen({ hostname: config.host, port: config.port }).server;
  machine.start();
  delivery.nudge();
  finishLongWork({ db, clock, newId }, log, control.nudge);
  log.info("app.started", { port: server?.port });

  return {
    url: `http://${config.host.includes(":") ? `[${config.host}]` : config.host}:${server?.port ?? config.port}`,
    generatedAdminKey,
    openCalls: () => machine.attempts.open().size,
    async stop({ drainMs = 0 } = {}) {
      draining = true;
      machine.hold();
      if (!(await machine.attempts.whenIdle(drainMs))) {
        machine.attempts.hangUp({}, "shutdown");
        await machine.attempts.whenIdle(HANG_UP_MS);
      }
      commit.flush();
      await api.stop();
      await delivery.stop();
      await dialers.simulator.stop();
      db.close();
      unlock();
      log.info("app.stopped");
    },
  };
}

/** Uploads and deletions that a crash cut short go on in the background. */
function finishLongWork(deps: ImportDependencies, log: Log, nudge: () => void): void {
  Promise.all([resumeUploads(deps), purgeDeletedCampaigns(deps.db)]).then(nudge, (error) => log.error("recovery.long_work_failed", { error }));
}

function controlOf(db: Db, machine: Machine, check: (trunk: DialTrunk) => Promise<string | undefined>): DialingControl {
  return {
    nudge: machine.dispatcher.sweep,
    hangUp: (filter) => machine.attempts.hangUp(filter, "cancelled"),
    async checkTrunk(trunkId) {
      const trunk = findTrunk(db, trunkId);
      return trunk === undefined ? `there is no trunk ${trunkId}` : check(dialTrunkOf(trunk));
    },
  };
}

function callControlOf({ singles, attempts }: Machine): CallControl {
  return {
    placeCall: singles.place,
    endCall: (callId) => attempts.hangUpCall(callId, "ended_by_request"),
    transferCall: attempts.transfer,
  };
}

async function checkTrunk(dialers: Partial<Record<DialTrunk["driver"], Dialer>>, trunk: DialTrunk): Promise<string | undefined> {
  const dialer = dialers[trunk.driver];
  return dialer === undefined ? `this build has no dialer for trunks of driver '${trunk.driver}'` : dialer.check(trunk);
}

/** The simulated carrier's own record of the calls it got, one JSON object a line, written before the call goes on. */
function recordTo(path: string | undefined, clock: Clock): ((order: CallOrder) => void) | undefined {
  if (path === undefined) return undefined;
  return ({ callId, attempt, from, to }) => appendFileSync(path, `${JSON.stringify({ at: new Date(clock.now()).toISOString(), callId, attempt, from, to })}\n`);
}
