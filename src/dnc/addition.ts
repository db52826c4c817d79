// Numbers go on the list: a bounded slice of them in one transaction, with the event that tells of them, and their calls
// that still ring are ended after its commit. Used by every way in.

import type { DialingControl } from "../calls/control.ts";
import type { Db } from "../database/open.ts";
import { transact } from "../database/transaction.ts";
import type { Clock } from "../runtime/clock.ts";
import type { NewId } from "../runtime/ids.ts";
import { announce } from "../webhooks/announcement.ts";
import { dncAdded } from "../webhooks/event.ts";
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

/** What is said of a number that is to be listed; `phoneNumber` is in E.164 form. */
export type Addition = Pick<DncRow, "phoneNumber" | "reason" | "source">;

/** Numbers in one transaction: some 20 ms. */
export const SLICE = 500;

/** Gives the new entries: a number that had one keeps it as it stands. `additions` are SLICE at most. */
export function addSlice(deps: AdditionDependencies, additions: readonly Addition[]): DncRow[] {
  const { db, clock, newId, control } = deps;
  const added = transact(db, () => {
    const createdAt = clock.now();
    // In the order of the numbers the index on them is written page by page.
    const rows = additions.toSorted(byNumber).map((addition) => ({ id: newId("dnc"), ...addition, createdAt, callId: null, evidence: null }));
    const fresh = rows.filter((row) => insertDnc(db, row));
    if (fresh.length > 0) announce(deps, dncAdded(fresh, createdAt), createdAt);
    return fresh;
  });
  // After the commit only: a claim that came before it may have left a phone ringing. For numbers that were listed
  // too: the request that listed them may have failed right after its commit.
  for (const { phoneNumber } of additions) control.hangUp({ phoneNumber, ringingOnly: true });
  if (added.length > 0) deps.onEvent();
  return added;
}

function byNumber(a: Addition, b: Addition): number {
  if (a.phoneNumber === b.phoneNumber) return 0;
  return a.phoneNumber < b.phoneNumber ? -1 : 1;
}
