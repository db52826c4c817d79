// What is said of a call while it goes on, written down: each word in the group commit's transaction. Used by record.ts.

import type { BotWord } from "../../calls/bot.ts";
import { openCallStatuses } from "../../calls/call.ts";
import type { Db } from "../../database/open.ts";
import { quoted } from "../../database/transaction.ts";
import type { EpochMs } from "../../runtime/clock.ts";
import type { MachineStore } from "./finish.ts";
import { listOptOut } from "./opted-out.ts";
import { type TakenReport, takeReport } from "./report.ts";

const nothing: TakenReport = { optedOut: undefined, awaitsAnalysis: false };

/** A repeated word changes nothing: the first outcome of a call stands, and so does an entry of the do-not-call list. */
export function noteWord(store: MachineStore, callId: string, word: BotWord, now: EpochMs): TakenReport {
  switch (word.type) {
    case "outcome":
      return takeReport(store, callId, { analysis: word.analysis ?? null, transcript: word.transcript ?? null }, now) ?? nothing;
    case "machine":
      store.db.sqlite.query<null, [string, string]>("UPDATE calls SET amd = ?2 WHERE id = ?1").run(callId, JSON.stringify(word.verdict));
      return nothing;
    case "opt_out": {
      const call = store.db.sqlite.query<{ to: string }, [string]>(`SELECT to_number AS "to" FROM calls WHERE id = ?1`).get(callId);
      return call === null ? nothing : { ...nothing, optedOut: listOptOut(store, { id: callId, phoneNumber: call.to }, word.optOut, now) };
    }
    case "transfer":
      handedOver(store.db, callId, word.to);
      return nothing;
    case "transfer_failed":
      handedOver(store.db, callId, null);
      return nothing;
    default:
      return word satisfies never;
  }
}

/** Also while the other end still rings: the second line takes a channel of the trunk from its beginning. */
function handedOver(db: Db, callId: string, to: string | null): void {
  db.sqlite
    .query<null, [string, string | null]>(`UPDATE calls SET transferred_to = ?2 WHERE id = ?1 AND status IN (${quoted(openCallStatuses)})`)
    .run(callId, to);
}
