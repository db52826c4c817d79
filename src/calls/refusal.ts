// Why a call that somebody asked for is not placed. Pure; the gate decides, the service says it.

/**
 * - `dnc`: the number is on the do-not-call list.
 * - `number_in_call`: another call to the number is in progress.
 * - `prefix_not_allowed`: the trunk may not call there.
 * - `no_credits`: it could not be paid for.
 * - `trunk_held`: the trunk has just failed too often.
 * - `bot_held`: the agent's bot has.
 * - `bot_unreachable`: the agent's bot is not there.
 * - `cap`, `trunk_cap`: as many calls as there may be are in progress, over everything or through the trunk.
 * - `trunk_rate`: as many calls as may start in a second have started through the trunk.
 */
export type CallRefusal =
  | "dnc"
  | "number_in_call"
  | "prefix_not_allowed"
  | "no_credits"
  | "trunk_held"
  | "bot_held"
  | "bot_unreachable"
  | "cap"
  | "trunk_cap"
  | "trunk_rate";

const words: Record<CallRefusal, string> = {
  dnc: "is on the do-not-call list; remove its entry first if it may be called",
  number_in_call: "is in another call now; try again when that one is over",
  prefix_not_allowed: "may not be called through the phone number's trunk",
  no_credits: "cannot be called: the credits do not cover the call; top up first",
  trunk_held: "cannot be called: the phone number's trunk is held",
  bot_held: "cannot be called: the agent's bot is held",
  bot_unreachable: "was not called: nobody would talk",
  cap: "cannot be called now: as many calls are in progress as the appliance may have at once",
  trunk_cap: "cannot be called now: as many calls are in progress as the phone number's trunk may have at once",
  trunk_rate: "cannot be called now: the phone number's trunk has started as many calls as it may in a second",
};

/** A sentence about the number; `because` is what the machine adds. */
export function sentenceOf(refusal: CallRefusal, to: string, because?: string): string {
  return because === undefined ? `${to} ${words[refusal]}` : `${to} ${words[refusal]} (${because})`;
}
