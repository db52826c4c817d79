// The composition root: builds every part, starts them in order and stops them in the reverse order.

import { mkdirSync } from "node:fs";
import { lookup } from "node:dns/promises";
import { join } from "node:path";
import { agentRoutes } from "./agents/routes.ts";
import type { DialingControl } from "./calls/control.ts";
import type { Dialer, DialTrunk } from "./calls/dialer.ts";
import { campaignRoutes } from "./campaigns/routes.ts";
import type { Config } from "./config.ts";
import { lockInstance } from "./database/instance-lock.ts";
import { openDatabase } from "./database/open.ts";
import { createMachine, commitTo } from "./dialing/machine.ts";
import { dncRoutes } from "./dnc/routes.ts";
import { createApi } from "./http/api.ts";
import { healthRoutes } from "./http/health.ts";
import { keyRoutes } from "./keys/routes.ts";
import { createFindCaller, ensureAdminKey } from "./keys/service.ts";
import { leadRoutes } from "./leads/routes.ts";
import { numberRoutes } from "./numbers/routes.ts";
import type { Alarm } from "./runtime/alarm.ts";
import { type Clock, SECOND } from "./runtime/clock.ts";
import { createIds } from "./runtime/ids.ts";
import type { Log } from "./runtime/log.ts";
import type { Random } from "./runtime/random.ts";
import { settingsRoutes } from "./settings/routes.ts";
import { liveSecrets } from "./settings/store.ts";
import { createSimulator } from "./simulator/simulator-dialer.ts";
import { trunkRoutes } from "./trunks/routes.ts";
import { dialTrunkOf, ensureDefaultTrunk, findTrunk } from "./trunks/store.ts";
import { createDelivery } from "./webhooks/delivery.ts";
import { createSender } from "./webhooks/sender.ts";
import { createTargetGuard } from "./webhooks/target-guard.ts";

