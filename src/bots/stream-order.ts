// From the plan of a call to the stream its bot is handed: the ids, the signed handshake, the parameters. Used by create-bot.ts,
// and by whoever learns a stream's address during the call.

import type { BotPlan } from "../calls/bot.ts";
import type { Random } from "../runtime/random.ts";
import type { StreamOrder } from "./stream-bot.ts";
import { streamParameters } from "./stream-parameters.ts";
import { twilioSignature } from "./twilio-signature.ts";

/** Where the bot listens. `parameters` are added to what every bot is told, and win over it. */
export interface StreamSettings {
  url: string;
  patient?: boolean;
  parameters?: Readonly<Record<string, string>>;
}

/** For calls that no API stands behind. */
const NO_ACCOUNT = "0".repeat(32);

/** A call without an account has ids of the right shape, and a handshake that nobody signed. */
export function streamOrder(plan: BotPlan, { url, patient = false, parameters = {} }: StreamSettings, random: Random): StreamOrder {
  const { account } = plan;
  const sid = Buffer.from(random.bytes(16)).toString("hex");
  return {
    url,
    patient,
    headers: account === undefined ? {} : { "X-Twilio-Signature": twilioSignature(account.authToken, url) },
    ids: { streamSid: `MZ${sid}`, accountSid: account?.accountSid ?? `AC${NO_ACCOUNT}`, callSid: account?.callSid ?? `CA${sid}` },
    parameters: { ...streamParameters(plan), ...parameters },
  };
}
