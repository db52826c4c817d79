// The rooms' routes, each with what it needs; a part of the composition root.

import { type AgentBotDependencies, agentBotRoutes } from "./agents/bot-routes.ts";
import { agentAudioRoutes } from "./agents/audio-routes.ts";
import type { AudioFormat } from "./agents/audio-service.ts";
import { agentRoutes } from "./agents/routes.ts";
import type { Asker } from "./analysis/asker.ts";
import { tryEndpoint } from "./analysis/trial.ts";
import type { CallControl, DialingControl } from "./calls/control.ts";
import type { RecordingFiles } from "./calls/recording/files.ts";
import { recordingRoutes } from "./calls/recording/routes.ts";
import { callRoutes } from "./calls/routes.ts";
import { forecastRoutes } from "./campaigns/forecast-routes.ts";
import { campaignRoutes } from "./campaigns/routes.ts";
import type { HolidayCalendar } from "./campaigns/holidays.ts";
import type { Calendar } from "./campaigns/window.ts";
import { complianceRoutes } from "./compliance/routes.ts";
import type { Config } from "./config.ts";
import { billingRoutes } from "./credits/routes.ts";
import { checkCredit } from "./credits/service.ts";
import type { Db } from "./database/open.ts";
import { forecastCampaign } from "./dialing/view/forecast-facts.ts";
import { dncRoutes } from "./dnc/routes.ts";
import { databaseCheck, healthRoutes } from "./http/health.ts";
import { metricsRoutes } from "./http/metrics.ts";
import { keyRoutes } from "./keys/routes.ts";
import { leadRoutes } from "./leads/routes.ts";
import type { ZonesOf } from "./leads/zones.ts";
import { durationMsOf, readWav, writeWav } from "./media/sound/wav.ts";
import { phoneNumberRoutes } from "./numbers/routes.ts";
import type { Clock } from "./runtime/clock.ts";
import type { NewId } from "./runtime/ids.ts";
import type { Log } from "./runtime/log.ts";
import type { Random } from "./runtime/random.ts";
import { nextTurn } from "./runtime/turn.ts";
import { analysisRoutes } from "./settings/analysis-routes.ts";
import { limitRoutes } from "./settings/limits-routes.ts";
import { recordingSettingsRoutes } from "./settings/recording-routes.ts";
import { settingsRoutes } from "./settings/routes.ts";
import { type TrunkControl, trunkRoutes } from "./trunks/routes.ts";
import { webhookRoutes } from "./webhooks/routes.ts";
import { version } from "./version.ts";
import type { TargetGuard } from "./webhooks/target-guard.ts";
import type { SendTest } from "./webhooks/test-delivery.ts";

/** What app.ts has built by the time the routes are. */
export interface RoomParts {
  config: Config;
  db: Db;
  clock: Clock;
  newId: NewId;
  random: Random;
  log: Log;
  calendar: Calendar;
  holidays: HolidayCalendar;
  guard: TargetGuard;
  zonesOf: ZonesOf;
  /** Something was written that is to be told to the outside. */
  onEvent: () => void;
  sendTest: SendTest;
  /** Asks the endpoint that analyses conversations. */
  asker: Asker;
  trunks: TrunkControl;
  control: DialingControl;
  callControl: CallControl;
  bots: Omit<AgentBotDependencies, "db">;
  recordings: RecordingFiles;
}

/** Files of sound, read in slices between which others get their turn. */
const wavFormat: AudioFormat = { read: (file) => readWav(file, nextTurn), write: writeWav, durationMsOf };

/** Every route of the API but those of the description itself. */
export function roomsOf(parts: RoomParts) {
  const { config, db, clock, newId, random, log, calendar, holidays, control } = parts;
  const checkTarget = parts.guard.checkUrl;
  return [
    healthRoutes({ clock, checks: { database: databaseCheck(db) }, deepChecks: {} }),
    metricsRoutes({ db, clock, version, memoryBytes: () => process.memoryUsage.rss() }),
    keyRoutes({ db, clock, newId, random }),
    agentRoutes({ db, clock, newId }),
    agentBotRoutes({ db, ...parts.bots }),
    agentAudioRoutes({ db, clock, newId, format: wavFormat }),
    trunkRoutes({ db, clock, newId, ...parts.trunks }),
    phoneNumberRoutes({ db, clock, newId }),
    limitRoutes({ db, control }),
    analysisRoutes({ db, checkTarget, tryAnalysis: () => tryEndpoint(parts.asker, clock) }),
    settingsRoutes({ db, clock, random, checkTarget, sendTest: parts.sendTest }),
    webhookRoutes({ db, clock, nudge: parts.onEvent, pause: nextTurn }),
    dncRoutes({ db, clock, newId, control, pause: nextTurn, onEvent: parts.onEvent }),
    billingRoutes({ db, clock, control }),
    callRoutes({ db, control: parts.callControl }),
    recordingRoutes({ db, files: parts.recordings }),
    recordingSettingsRoutes({ db }),
    leadRoutes({ db, clock, newId, zonesOf: parts.zonesOf, control }),
    campaignRoutes({ db, clock, newId, log, control, checkTarget, holidays, calendar, checkCredit: (id) => checkCredit(db, id) }),
    complianceRoutes({ clock, holidaysOf: holidays.holidaysOf }),
    forecastRoutes({ clock, control: { forecast: (id) => forecastCampaign(db, id, config.maxConcurrentCalls, clock.now(), calendar) } }),
  ];
}
