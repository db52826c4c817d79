// Numbers go on the list: a bounded slice of them in one transaction, with the event that tells of them, and their calls
// that still ring are ended after its commit. Used by every way in.

import type { DialingControl } from "../calls/control.ts";
import type { Db } from "../database/open.ts";
import { transact } from "../database/transaction.ts";
import type { Clock, EpochMs } from "../runtime/clock.ts";
import type { NewId } from "../runtime/ids.ts";
import { dncAdded } from "../webhooks/events/event.ts";
import { readListener } from "../webhooks/events/listener.ts";
import type { DncRow } from "./model.ts";
import { insertDnc } from "./store.ts";

export interface AdditionDependencies {
  db: Db;
  clock: Pick<Clock, "now">;
  newId: NewId;
  control: Pick<DialingControl, "hangUp">;
  /** A webhook row may have been written. */
  onEvent(): void;
}

/** What is said of a number that is to be listed; `phoneNumber` is in E.164 form. Of a person who asked for it in a call, which, and how. */
export type Addition = Pick<DncRow, "phoneNumber" | "reason" | "source"> & Partial<Pick<DncRow, "callId" | "evidence">>;

/** Numbers in one transaction: some 20 ms. */
export const SLICE = 500;

/** Gives the new entries: a number that had one keeps it as it stands. `additions` are SLICE at most. */
export function addSlice(deps: AdditionDependencies, additions: readonly Addition[]): DncRow[] {
  const { db, clock, control } = deps;
  const added = transact(db, () => listNumbers(deps, additions, clock.now()));
  // After the commit only: a claim that came before it may have left a phone ringing. For numbers that were listed
  // too: the request that listed them may have failed right after its commit.
  for (const { phoneNumber } of additions) control.hangUp({ phoneNumber, ringingOnly: true });
  if (added.length > 0) deps.onEvent();
  return added;
}

/** The same in the transaction that is open, for whoever has more to write in it: ends no call. */
export function listNumbers(
  store: Pick<AdditionDependencies, "db" | "newId">,
  additions: readonly Addition[],
  createdAt: EpochMs,
): DncRow[] {
  // In the order of the numbers the index on them is written page by page.
  const rows = additions
    .toSorted(byNumber)
    .map((addition) => ({ id: store.newId("dnc"), callId: null, evidence: null, ...addition, createdAt }));
  const fresh = rows.filter((row) => insertDnc(store.db, row));
  if (fresh.length > 0) readListener(store, createdAt)?.tell("dnc.added", () => dncAdded(fresh, createdAt));
  return fresh;
}

function byNumber(a: Addition, b: Addition): number {
  if (a.phoneNumber === b.phoneNumber) return 0;
  return a.phoneNumber < b.phoneNumber ? -1 : 1;
}
