// What the rooms may ask of the machine and of the dialers, put together for their routes. Used by app.ts alone.

import { type BotApi, type BotApiDependencies, createBotApi } from "./bot-api/bot-api.ts";
import { createBotCalls } from "./bot-api/open-calls.ts";
import type { CheckBot } from "./bot-check.ts";
import type { BotAccounts } from "./calls/bot-access.ts";
import type { CallControl, DialingControl } from "./calls/control.ts";
import type { DialTrunk } from "./calls/dialer.ts";
import type { Db } from "./database/open.ts";
import { type Dialers, listTrunkProfiles, problemsOfTrunk } from "./dialers.ts";
import type { Machine } from "./dialing/machine.ts";
import { findNumber } from "./numbers/store.ts";
import type { TrunkControl } from "./trunks/routes.ts";
import { dialTrunkOf, findTrunk } from "./trunks/store.ts";

/** What the trunks' routes ask of the dialers. */
export function trunkControlOf(db: Db, dialers: Dialers): TrunkControl {
  return {
    drivers: ["simulator", "sip"],
    profiles: listTrunkProfiles(),
    problemsOf: problemsOfTrunk,
    check: (trunk: DialTrunk) => dialers.byDriver[trunk.driver].check(trunk),
    changed: (trunkId: string) => dialers.follow(trunkId, dialTrunk(db, trunkId)),
  };
}

function dialTrunk(db: Db, trunkId: string): DialTrunk | undefined {
  const row = findTrunk(db, trunkId);
  return row === undefined ? undefined : dialTrunkOf(row);
}

/** What changes of campaigns, leads and lists ask of the machine. */
export function controlOf(
  db: Db,
  machine: Machine,
  check: { trunk: (trunk: DialTrunk) => Promise<string | undefined>; bot: CheckBot },
): DialingControl {
  return {
    nudge: machine.dispatcher.sweep,
    hangUp: (filter) => machine.attempts.hangUp(filter, "cancelled"),
    async checkTrunk(trunkId) {
      const trunk = dialTrunk(db, trunkId);
      return trunk === undefined ? `there is no trunk ${trunkId}` : check.trunk(trunk);
    },
    checkBot: check.bot,
  };
}

/** What bots may ask of their calls in Twilio's words. */
export function botApiOf(
  db: Db,
  machine: Machine,
  accounts: BotAccounts,
  shared: Pick<BotApiDependencies, "log" | "requestLimit">,
): BotApi {
  return createBotApi({
    ...shared,
    calls: createBotCalls(db, accounts),
    endCall: (callId) => machine.attempts.hangUpCall(callId, "bot_hung_up"),
    redirectCall: machine.attempts.redirect,
  });
}

/** Waits, 2 s at most, for a number's trunk that was just made and is still being opened: its call would be refused. */
export function trunkReadinessOf(db: Db, dialers: Pick<Dialers, "prepare">): (phoneNumberId: string) => Promise<void> {
  return async (phoneNumberId) => {
    const number = findNumber(db, phoneNumberId);
    const trunk = number === undefined ? undefined : dialTrunk(db, number.trunkId);
    // Why it cannot be opened, the call itself says.
    if (trunk !== undefined) await dialers.prepare([trunk]).catch(() => undefined);
  };
}

/** What the room of calls asks of the machine. */
export function callControlOf(
  { singles, attempts, dispatcher, report }: Pick<Machine, "singles" | "attempts" | "dispatcher" | "report">,
  checkBot: CheckBot,
  trunkReady: (phoneNumberId: string) => Promise<void>,
): CallControl {
  return {
    nudge: dispatcher.nudge,
    async placeCall(wish) {
      const [because] = await Promise.all([checkBot(wish), trunkReady(wish.phoneNumberId)]);
      return because === undefined ? singles.place(wish) : { kind: "refused", refusal: "bot_unreachable", because };
    },
    endCall: (callId) => attempts.hangUpCall(callId, "ended_by_request"),
    transferCall: attempts.transfer,
    report,
  };
}
