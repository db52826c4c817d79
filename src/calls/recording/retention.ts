// Recordings are forgotten when they are older than the settings allow, and those that a crash left without a note get one.

import type { Db } from "../../database/open.ts";
import { transact } from "../../database/transaction.ts";
import { type Clock, type EpochMs, HOUR, MINUTE } from "../../runtime/clock.ts";
import { createHourly, type Hourly } from "../../runtime/hourly.ts";
import type { Log } from "../../runtime/log.ts";
import { readRecordingSettings } from "../../settings/store.ts";
import type { RecordingFiles } from "./files.ts";
import { deleteRecording, insertRecording, lacksRecording, oldRecordings } from "./store.ts";

const DAY_MS = 24 * HOUR;
/** What a file of a call that is over may still be waiting for. */
const SETTLING_MS = MINUTE;
/** Removed between two pauses. */
const SLICE = 100;

export interface RecordingRetentionDependencies {
  db: Db;
  clock: Clock;
  log: Log;
  files: RecordingFiles;
  pause(): Promise<void>;
}

/** Notes the files of calls that are over and have no note. A file of no call is left alone. */
export async function adoptRecordings(
  { db, files, pause }: Omit<RecordingRetentionDependencies, "clock" | "log">,
  now: EpochMs,
): Promise<void> {
  for (const callId of await files.list()) {
    if (lacksRecording(db, callId, now - SETTLING_MS)) {
      const sound = await files.measure(callId);
      if (sound === undefined) await files.remove(callId);
      else transact(db, () => insertRecording(db, { callId, ...sound, createdAt: now }));
    }
    await pause();
  }
}

/** Removes what is older than the settings allow, the file before its note: a crash in between leaves a note of nothing. */
export async function forgetRecordings(
  { db, files, pause }: Omit<RecordingRetentionDependencies, "clock" | "log">,
  now: EpochMs,
  mayGoOn = () => true,
): Promise<void> {
  const { retentionDays } = readRecordingSettings(db);
  if (retentionDays === null) return;
  for (
    let old = oldRecordings(db, now - retentionDays * DAY_MS, SLICE);
    old.length > 0 && mayGoOn();
    old = oldRecordings(db, now - retentionDays * DAY_MS, SLICE)
  ) {
    for (const { callId } of old) await files.remove(callId);
    transact(db, () => old.forEach(({ callId }) => deleteRecording(db, callId)));
    await pause();
  }
}

/** Runs at once and then every hour; `stop` resolves when the round in progress has ended. */
export function createRecordingRetention(deps: RecordingRetentionDependencies): Hourly {
  const { clock } = deps;
  return createHourly("recordings", deps, async (mayGoOn) => {
    await adoptRecordings(deps, clock.now());
    await forgetRecordings(deps, clock.now(), mayGoOn);
  });
}
