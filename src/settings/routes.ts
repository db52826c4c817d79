// /api/settings: what holds for the whole appliance. So far: where events are sent.

import { Elysia } from "elysia";
import type { Db } from "../database/open.ts";
import { transact } from "../database/transaction.ts";
import { invalid } from "../errors.ts";
import { document } from "../http/document.ts";
import { body } from "../http/schema.ts";
import type { Clock } from "../runtime/clock.ts";
import type { Random } from "../runtime/random.ts";
import { toWebhookSettingsJson, WebhookChange, WebhookSettingsJson, WebhookTestJson } from "./model.ts";
import { changeSecret } from "./signing-secrets.ts";
import { readStoredWebhook, writeStoredWebhook } from "./store.ts";

interface SettingsDependencies {
  db: Db;
  clock: Pick<Clock, "now">;
  random: Pick<Random, "bytes">;
  /** Why events may not be sent to the URL, as a sentence; undefined when they may. */
  checkTarget(url: string): string | undefined;
  /** Sends `webhook.test` there at once; never throws for what the receiver does. */
  sendTest(url: string): Promise<WebhookTestJson>;
}

const SECRET_BYTES = 32;
const tag = "Settings";

/** The routes of the settings. */
export function settingsRoutes(deps: SettingsDependencies) {
  const { db, clock } = deps;
  return new Elysia({ prefix: "/api/settings/webhook" })
    .get(
      "/",
      () => toWebhookSettingsJson(readStoredWebhook(db), clock.now()),
      document({ summary: "Where events are sent by default", tag, answers: { 200: WebhookSettingsJson } }),
    )
    .put("/", ({ body }) => changeWebhook(deps, body), {
      body: body(WebhookChange),
      ...document({
        summary: "Change where events are sent by default",
        description: "After a change of the secret the former one goes on signing, beside the new one, for 24 hours.",
        tag,
        answers: { 200: WebhookSettingsJson },
      }),
    })
    .post(
      "/test",
      async () => {
        const { url } = readStoredWebhook(db);
        if (url === null) throw invalid("url", "no webhook URL is set; set one with PUT /api/settings/webhook first");
        return await deps.sendTest(url);
      },
      document({ summary: "Send webhook.test at once and tell what came back", tag, answers: { 200: WebhookTestJson } }),
    );
}

function changeWebhook({ db, clock, random, checkTarget }: SettingsDependencies, change: WebhookChange) {
  if (change.url != null) refuseTarget(change.url, checkTarget);
  if (change.generateSecret === true && change.secret !== undefined)
    throw invalid("generateSecret", "generateSecret and secret are both given; send one of them");
  const generated = change.generateSecret === true ? `whsec_${Buffer.from(random.bytes(SECRET_BYTES)).toString("base64")}` : undefined;
  const next = generated ?? change.secret;
  return transact(db, () => {
    const stored = readStoredWebhook(db);
    const changed = {
      url: change.url === undefined ? stored.url : change.url,
      events: change.events === undefined ? stored.events : change.events,
      secrets: next === undefined ? stored.secrets : changeSecret(stored.secrets, next, clock.now()),
    };
    writeStoredWebhook(db, changed);
    const shown = toWebhookSettingsJson(changed, clock.now());
    return generated === undefined ? shown : { ...shown, secret: generated };
  });
}

function refuseTarget(url: string, checkTarget: SettingsDependencies["checkTarget"]): void {
  const isHttp = URL.canParse(url) && /^https?:$/.test(new URL(url).protocol);
  if (!isHttp) throw invalid("url", `url is '${url.slice(0, 100)}'; it must be an http:// or https:// URL, or null`);
  const problem = checkTarget(url);
  if (problem !== undefined) throw invalid("url", problem);
}
