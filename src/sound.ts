// The sound that lies on this machine, put together: agents' recordings out of the database, and the files of calls that were
// recorded. A part of the composition root, used by app.ts.

import { join } from "node:path";
import { readSamples } from "./agents/audio-store.ts";
import { createRecordingFiles, type RecordingFiles } from "./calls/recording/files.ts";
import { createRecordingNote } from "./calls/recording/note.ts";
import { createRecordingRetention } from "./calls/recording/retention.ts";
import type { Db } from "./database/open.ts";
import type { DialerSound } from "./dialers.ts";
import type { Clock } from "./runtime/clock.ts";
import type { GroupCommit } from "./runtime/group-commit.ts";
import type { Log } from "./runtime/log.ts";
import { nextTurn } from "./runtime/turn.ts";

interface SoundDependencies {
  dataDirectory: string;
  db: Db;
  clock: Clock;
  log: Log;
  commit: GroupCommit;
}

/** What the dialers play and record, the files of calls, and what cleans up after them. */
interface Sound extends DialerSound {
  files: RecordingFiles;
  retention: ReturnType<typeof createRecordingRetention>;
}

/** Reads and makes nothing yet. */
export function createSound({ dataDirectory, ...deps }: SoundDependencies): Sound {
  const files = createRecordingFiles(join(dataDirectory, "recordings"));
  return {
    files,
    folder: files.folder,
    audioOf: (id) => readSamples(deps.db, id),
    recorded: createRecordingNote(deps),
    retention: createRecordingRetention({ ...deps, files, pause: nextTurn }),
  };
}
