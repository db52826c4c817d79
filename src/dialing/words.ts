// What is said of a call while it goes on, written down: each word in the group commit's transaction. Used by record.ts.

import type { BotWord } from "../calls/bot.ts";
import { insertReport } from "../calls/report-store.ts";
import type { EpochMs } from "../runtime/clock.ts";
import type { MachineStore } from "./finish.ts";

/** A repeated word changes nothing: the first outcome of a call stands, and so does an entry of the do-not-call list. */
export function noteWord({ db }: MachineStore, callId: string, word: BotWord, now: EpochMs): void {
  switch (word.type) {
    case "outcome":
      return void insertReport(db, callId, { analysis: word.analysis ?? null, transcript: word.transcript ?? null }, now);
    case "machine":
      return void db.sqlite.query<null, [string, string]>("UPDATE calls SET amd = ?2 WHERE id = ?1").run(callId, JSON.stringify(word.verdict));
    case "opt_out":
    case "transfer":
      return;
    default:
      word satisfies never;
  }
}
