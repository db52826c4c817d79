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

/** What the room of calls asks of the machine. */
export function callControlOf({ singles, attempts, dispatcher, report }: Machine, checkBot: CheckBot): CallControl {
  return {
    nudge: dispatcher.nudge,
    async placeCall(wish) {
      const because = await checkBot(wish);
      return because === undefined ? singles.place(wish) : { kind: "refused", refusal: "bot_unreachable", because };
    },
    endCall: (callId) => attempts.hangUpCall(callId, "ended_by_request"),
    transferCall: attempts.transfer,
    report,
  };
}
