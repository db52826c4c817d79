// The composition root: builds every part, starts them in order and stops them in the reverse order.

import { lookup } from "node:dns/promises";
import { join } from "node:path";
import { createAsker } from "./analysis/asker.ts";
import { createBotCheck, createBotReach } from "./bot-check.ts";
import { createBotAccess, createBotAccounts } from "./calls/bot-access.ts";
import { createOutcomeTokens } from "./calls/outcome/token.ts";
import { createCalendar } from "./campaigns/calendar.ts";
import { createHolidayCalendar } from "./campaigns/holidays.ts";
import { purgeDeletedCampaigns } from "./campaigns/service.ts";
import type { Config } from "./config.ts";
import { botApiOf, callControlOf, controlOf, trunkControlOf, trunkReadinessOf } from "./controls.ts";
import { lockInstance } from "./database/instance-lock.ts";
import { type Db, openDatabase } from "./database/open.ts";
import { createDialers } from "./dialers.ts";
import { commitTo, createMachine, type Machine } from "./dialing/machine.ts";
import { createApi } from "./http/api.ts";
import { createIdempotency } from "./http/repeats/idempotency.ts";
import { createRequestLimit } from "./http/door/rate-limit.ts";
import { createFindCaller, ensureAdminKey } from "./keys/service.ts";
import { type ImportDependencies, resumeUploads } from "./leads/upload/import.ts";
import { readPrefixZones } from "./leads/prefix-zones.ts";
import { createZonesOf } from "./leads/zones.ts";
import type { Alarm } from "./runtime/alarm.ts";
import { type Clock, SECOND } from "./runtime/clock.ts";
import { createIds } from "./runtime/ids.ts";
import type { Log } from "./runtime/log.ts";
import type { Random } from "./runtime/random.ts";
import { nextTurn } from "./runtime/turn.ts";
import { readBotRotations } from "./settings/bot-rotations.ts";
import { ensureInstallationSecret } from "./settings/installation-secret.ts";
import { roomsOf } from "./rooms.ts";
import { createSound } from "./sound.ts";
import { liveSecrets, readStoredAnalysis } from "./settings/store.ts";
import { ensureDefaultTrunk } from "./trunks/service.ts";
import { dialTrunkOf, listTrunks } from "./trunks/store.ts";
import { createDelivery } from "./webhooks/delivery.ts";
import { createPreDial } from "./webhooks/pre-dial/asking.ts";
import { createRetention } from "./webhooks/retention.ts";
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
export async function startApp(options: AppOptions): Promise<App> {
  const lock = lockInstance(options.config.dataDirectory, String(process.pid));
  try {
    const db = openDatabase({ path: join(options.config.dataDirectory, "outdial.db") });
    try {
      return await assemble(options, db, lock.release);
    } catch (error) {
      db.close();
      throw error;
    }
  } catch (error) {
    lock.release();
    throw error;
  }
}

/** Every address of a host, as the system resolves it. */
async function resolveHost(host: string): Promise<string[]> {
  return (await lookup(host, { all: true })).map(({ address }) => address);
}

const HANG_UP_MS = 5 * SECOND;
/** The table of zones takes some 50 ms to read: soon, rather than while a first list comes in beside calls that talk. */
const ZONES_AFTER_MS = SECOND;

async function assemble(options: AppOptions, db: Db, unlock: () => void): Promise<App> {
  const { config, clock, random, log } = options;
  const newId = createIds(clock, random);
  const identity = { clock, newId, random };
  const generatedAdminKey = ensureAdminKey(db, identity, config.adminKey);
  ensureDefaultTrunk(db, identity);
  const secret = ensureInstallationSecret(db, random);
  const outcomeTokens = createOutcomeTokens(secret);

  const commit = commitTo(db, clock);
  const { guard, sender, asker, secrets, delivery, retention } = createWebhooks(options, db, commit);
  const sound = createSound({ dataDirectory: config.dataDirectory, db, clock, log, commit });
  const dialers = createDialers({ config, clock, random, log, secret, sound });
  const parts = { db, newId, commit, dialers: dialers.byDriver, bootId: newId("boot"), maxConcurrentCalls: config.maxConcurrentCalls };
  const holidays = createHolidayCalendar();
  const calendar = createCalendar(holidays);
  const zonesOf = createZonesOf(readPrefixZones);
  const preDial = createPreDial({ sender, clock, log, newId, secrets, onAnswer: () => machine.dispatcher.nudge() });
  const apiUrl = () => config.publicUrl ?? url;
  const { accounts, botAccess, reach, checkBot } = createBots(
    { db, clock, log, dialers, onChange: () => machine.dispatcher.nudge() },
    secret,
    { tokens: outcomeTokens, apiUrl },
  );
  const machine = createMachine({ ...options, calendar, ...parts, preDial, reach, analyser: asker, onOutcome: delivery.nudge, botAccess });
  const trunks = trunkControlOf(db, dialers);
  const control = controlOf(db, machine, { trunk: trunks.check, bot: checkBot });
  const callControl = callControlOf(machine, checkBot, trunkReadinessOf(db, dialers));
  const findCaller = createFindCaller(db, clock, log);
  const requestLimit = config.maxRequestsPerSecond > 0 ? createRequestLimit(config.maxRequestsPerSecond, clock) : undefined;
  let draining = false;
  let url = "";
  const api = createApi({
    ...{ log, newId, requestLimit, isDraining: () => draining },
    findCaller: (key, method, path) => outcomeTokens.callerFor(key, method, path) ?? findCaller(key),
    beside: botApiOf(db, machine, accounts, { log, requestLimit }),
    idempotency: createIdempotency({ db, clock, random, log }),
    routes: roomsOf({
      ...{ config, db, clock, newId, random, log, calendar, holidays, guard, control, trunks, zonesOf },
      bots: { accountOf: accounts.ofAgent, apiUrl, testBot: reach.check },
      sendTest: createTestDelivery({ sender, clock, newId, secrets }),
      ...{ asker, onEvent: delivery.nudge, callControl, recordings: sound.files },
    }),
  });
  await dialers.prepare(listTrunks(db).map(dialTrunkOf));
  url = await listen(api, config, dialers.stop);
  machine.start();
  delivery.nudge();
  for (const cleaner of [retention, sound.retention]) cleaner.start();
  finishLongWork({ db, clock, newId, zonesOf }, log, control.nudge);
  const cancelZones = clock.after(ZONES_AFTER_MS, () => void zonesOf("+1"));
  log.info("app.started", { port: Number(new URL(url).port) });

  return {
    url,
    generatedAdminKey,
    openCalls: () => machine.attempts.open().size,
    async stop({ drainMs = 0 } = {}) {
      draining = true;
      cancelZones();
      await drain(machine, drainMs);
      commit.flush();
      await stopAll([api, preDial, reach, retention, sound.retention, delivery, dialers]);
      commit.flush();
      db.close();
      unlock();
      log.info("app.stopped");
    },
  };
}

/** What bots are given of us, and whether they are there. */
function createBots(
  parts: Parameters<typeof createBotReach>[0],
  secret: string,
  access: Omit<Parameters<typeof createBotAccess>[0], "accounts">,
) {
  const accounts = createBotAccounts(secret, (agentId) => readBotRotations(parts.db, agentId));
  const reach = createBotReach(parts);
  return { accounts, reach, botAccess: createBotAccess({ accounts, ...access }), checkBot: createBotCheck(parts.db, reach) };
}

/** All that leaves as a webhook, and what is kept of it; and the question to whoever analyses conversations, which goes the same way. */
function createWebhooks({ config, clock, random, log }: AppOptions, db: Db, commit: ReturnType<typeof commitTo>) {
  const guard = createTargetGuard(config.webhookAllow, resolveHost, clock);
  const sender = createSender({ guard, clock, version });
  const secrets = () => liveSecrets(db, clock.now());
  const delivery = createDelivery({ db, clock, random, log, commit, sender, secrets });
  const asker = createAsker({ sender, clock, random, settings: () => readStoredAnalysis(db) });
  return { guard, sender, asker, secrets, delivery, retention: createRetention({ db, clock, log, pause: nextTurn }) };
}

/** The base URL; throws when the port is taken, and then what was opened before is closed. */
async function listen(api: ReturnType<typeof createApi>, { host, port }: Config, undo: () => Promise<void>): Promise<string> {
  try {
    const { server } = api.listen({ hostname: host, port });
    return `http://${host.includes(":") ? `[${host}]` : host}:${server?.port ?? port}`;
  } catch (error) {
    await undo();
    throw error;
  }
}

/** Uploads and deletions that a crash cut short go on in the background. */
function finishLongWork(deps: ImportDependencies, log: Log, nudge: () => void): void {
  Promise.all([resumeUploads(deps), purgeDeletedCampaigns(deps.db)]).then(nudge, (error) =>
    log.error("recovery.long_work_failed", { error }),
  );
}

/** One after the other, in this order. */
async function stopAll(parts: readonly { stop(): unknown }[]): Promise<void> {
  for (const part of parts) await part.stop();
}

async function drain({ attempts, hold, stop }: Machine, drainMs: number): Promise<void> {
  hold();
  if (!(await attempts.whenIdle(drainMs))) {
    attempts.hangUp({}, "shutdown");
    await attempts.whenIdle(HANG_UP_MS);
  }
  await stop();
}
