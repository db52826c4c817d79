// /api/settings/recordings: how long the recordings of calls are kept.

import { Elysia } from "elysia";
import { Type } from "typebox";
import type { Db } from "../database/open.ts";
import { transact } from "../database/transaction.ts";
import { document } from "../http/document.ts";
import { body } from "../http/schema.ts";
import { readRecordingSettings, writeRecordingSettings } from "./store.ts";

const MOST_DAYS = 3_650;
const tag = "Settings";

const RecordingSettingsJson = Type.Object(
  {
    retentionDays: Type.Union([Type.Integer({ minimum: 1, maximum: MOST_DAYS }), Type.Null()], {
      description: "recordings of calls that are older are deleted, within the hour; null keeps them for ever",
      errorMessage: `must be a whole number from 1 to ${MOST_DAYS}, or null`,
      examples: [30],
    }),
  },
  { additionalProperties: false, title: "RecordingSettings" },
);

/** Effective from the next round of the clean-up on. */
export function recordingSettingsRoutes({ db }: { db: Db }) {
  return new Elysia({ prefix: "/api/settings/recordings" })
    .get(
      "/",
      () => readRecordingSettings(db),
      document({ summary: "How long recordings of calls are kept", tag, answers: { 200: RecordingSettingsJson } }),
    )
    .put(
      "/",
      ({ body }) => {
        transact(db, () => writeRecordingSettings(db, body));
        return readRecordingSettings(db);
      },
      {
        body: body(RecordingSettingsJson),
        ...document({ summary: "Change how long recordings of calls are kept", tag, answers: { 200: RecordingSettingsJson } }),
      },
    );
}
