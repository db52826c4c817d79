// The note that a call has a recording, written when its file is whole. Used by app.ts, told by the media.

import type { Db } from "../../database/open.ts";
import type { Clock } from "../../runtime/clock.ts";
import type { GroupCommit } from "../../runtime/group-commit.ts";
import type { Log } from "../../runtime/log.ts";
import type { RecordedSound } from "./files.ts";
import { insertRecording } from "./store.ts";

interface NoteDependencies {
  db: Db;
  clock: Pick<Clock, "now">;
  log: Log;
  commit: GroupCommit;
}

/** A note that the store refuses is made good by the next round of retention.ts, which finds the file. */
export function createRecordingNote({ db, clock, log, commit }: NoteDependencies): (recorded: RecordedSound & { callId: string }) => void {
  return (recorded) => {
    const failed = (error: unknown) => log.error("call.recording_not_noted", { callId: recorded.callId, error });
    commit.add({
      work: () => insertRecording(db, { ...recorded, createdAt: clock.now() }),
      committed: () => undefined,
      failed,
      uncertain: failed,
    });
  };
}
