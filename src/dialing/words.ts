// What is said of a call while it goes on, written down: each word in the group commit's transaction. Used by record.ts.

import type { BotWord } from "../calls/bot.ts";
import { openCallStatuses } from "../calls/call.ts";
import { insertReport } from "../calls/report-store.ts";
import type { Db } from "../database/open.ts";
import { quoted } from "../database/transaction.ts";
import type { EpochMs } from "../runtime/clock.ts";
import type { MachineStore } from "./finish.ts";

/** A repeated word changes nothing: the first outcome of a call stands, and so does an entry of the do-not-call list. */
export function noteWord({ db }: MachineStore, callId: string, word: BotWord, now: EpochMs): void {
  switch (word.type) {
    case "outcome":
      return void insertReport(db, callId, { analysis: word.analysis ?? null, transcript: word.transcript ?? null }, now);
    case "machine":
      return void db.sqlite.query<null, [string, string]>("UPDATE calls SET amd = ?2 WHERE id = ?1").run(callId, JSON.stringify(word.verdict));
    case "transfer":
      return void handedOver(db, callId, word.to);
    case "transfer_failed":
      return void handedOver(db, callId, null);
    case "opt_out":
      return;
    default:
      word satisfies never;
  }
}

/** Also while the other end still rings: the second line takes a channel of the trunk from its beginning. */
function handedOver(db: Db, callId: string, to: string | null): void {
  db.sqlite.query<null, [string, string | null]>(`UPDATE calls SET transferred_to = ?2 WHERE id = ?1 AND status IN (${quoted(openCallStatuses)})`).run(callId, to);
}
