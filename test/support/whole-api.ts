// The API with every room that the appliance has, in memory: what is true of all routes is tested on it.
// test/api/openapi.test.ts compares its routes with those of the appliance itself.

import { agentBotRoutes } from "../../src/agents/bot-routes.ts";
import { agentAudioRoutes } from "../../src/agents/audio-routes.ts";
import { agentRoutes } from "../../src/agents/routes.ts";
import { createBotAccounts } from "../../src/calls/bot-access.ts";
import { createRecordingFiles, type RecordingFiles } from "../../src/calls/recording/files.ts";
import { recordingRoutes } from "../../src/calls/recording/routes.ts";
import { callRoutes } from "../../src/calls/routes.ts";
import { forecastRoutes } from "../../src/campaigns/forecast-routes.ts";
import { forecastCampaign } from "../../src/dialing/view/forecast-facts.ts";
import { complianceRoutes } from "../../src/compliance/routes.ts";
import { billingRoutes } from "../../src/credits/routes.ts";
import { dncRoutes } from "../../src/dnc/routes.ts";
import type { DoorDependencies } from "../../src/http/door/door.ts";
import { databaseCheck, healthRoutes } from "../../src/http/health.ts";
import { metricsRoutes } from "../../src/http/metrics.ts";
import { createIdempotency } from "../../src/http/repeats/idempotency.ts";
import { phoneNumberRoutes } from "../../src/numbers/routes.ts";
import { analysisRoutes } from "../../src/settings/analysis-routes.ts";
import { readBotRotations } from "../../src/settings/bot-rotations.ts";
import { limitRoutes } from "../../src/settings/limits-routes.ts";
import { recordingSettingsRoutes } from "../../src/settings/recording-routes.ts";
import { settingsRoutes } from "../../src/settings/routes.ts";
import { durationMsOf, readWav, writeWav } from "../../src/media/sound/wav.ts";
import { nextTurn } from "../../src/runtime/turn.ts";
import { listTrunkProfiles, problemsOfTrunk } from "../../src/dialers.ts";
import { trunkRoutes } from "../../src/trunks/routes.ts";
import { webhookRoutes } from "../../src/webhooks/routes.ts";
import { createFakeCalls } from "./fake-calls.ts";
import { createWorld, type Parts, type World } from "./world.ts";

/** A world in which nothing leaves the process: trunks are well, receivers take everything, private.example is private. */
export function createWholeApi(door: (parts: Parts) => Partial<DoorDependencies> = () => ({}), edges: Partial<Edges> = {}): World {
  return createWorld(
    (parts) => otherRooms(parts, edges),
    (parts) => ({ idempotency: createIdempotency(parts), ...door(parts) }),
  );
}

/** Where the rooms reach out of the process. */
type Edges = Pick<Parameters<typeof trunkRoutes>[0], "drivers" | "check"> &
  Pick<Parameters<typeof settingsRoutes>[0], "checkTarget" | "sendTest"> &
  Pick<Parameters<typeof dncRoutes>[0], "pause" | "onEvent"> & { recordings: RecordingFiles };

/** Those that a world has not by itself. */
function otherRooms(parts: Parts, edges: Partial<Edges>) {
  const { db, clock, random, control } = parts;
  const tried = { works: true, format: "json_schema", outcome: { next_action: "callback_later" }, error: null, durationMs: 3 };
  const sent = { delivered: true, status: 200, error: null, durationMs: 3 };
  const { drivers, check, checkTarget, sendTest, pause, onEvent }: Omit<Edges, "recordings"> = {
    drivers: ["simulator", "sip"],
    check: async () => undefined,
    checkTarget: parts.checkTarget,
    sendTest: async () => sent,
    pause: async () => undefined,
    onEvent: () => undefined,
    ...edges,
  };
  return [
    healthRoutes({ clock, checks: { database: databaseCheck(db) }, deepChecks: {} }),
    metricsRoutes({ db, clock, version: "0.1.0", memoryBytes: () => 50_000_000 }),
    agentRoutes(parts),
    agentBotRoutes({
      db,
      testBot: async ({ connection }) => (connection.type === "process" ? "the program 'bot' is not there" : undefined),
      accountOf: createBotAccounts("the secret of this test", (id) => readBotRotations(db, id)).ofAgent,
      apiUrl: () => "https://dialer.example.com",
    }),
    agentAudioRoutes({ ...parts, format: { read: (file) => readWav(file, nextTurn), write: writeWav, durationMsOf } }),
    trunkRoutes({ ...parts, drivers, check, profiles: listTrunkProfiles(), problemsOf: problemsOfTrunk, changed: () => undefined }),
    phoneNumberRoutes(parts),
    forecastRoutes({ clock, control: { forecast: (id) => forecastCampaign(db, id, 45, clock.now()) } }),
    complianceRoutes({ clock, holidaysOf: parts.holidays.holidaysOf }),
    limitRoutes({ db, control }),
    analysisRoutes({ db, checkTarget, tryAnalysis: async () => tried }),
    settingsRoutes({ db, clock, random, checkTarget, sendTest }),
    billingRoutes(parts),
    recordingRoutes({ db, files: edges.recordings ?? createRecordingFiles("/nowhere") }),
    recordingSettingsRoutes({ db }),
    callRoutes({ db, control: createFakeCalls(parts) }),
    webhookRoutes({ ...parts, nudge: onEvent, pause }),
    dncRoutes({ ...parts, control, pause, onEvent }),
  ];
}
