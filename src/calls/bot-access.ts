// What a call's bot is given of us: the names and the secret by which bots written for Twilio know their account and call,
// and where it reports the outcome. All of it is derived from the installation's secret, and so is the same after a restart.

import type { BotAccount } from "./bot.ts";
import type { OutcomeTokens } from "./outcome-token.ts";

/** What a bot is given of us. */
interface BotAccess {
  account: BotAccount;
  outcomeUrl: string;
  outcomeToken: string;
}

/** What access is made from. `apiUrl`: the base at which bots reach the API, known once it listens. */
interface AccessParts {
  secret: string;
  tokens: Pick<OutcomeTokens, "tokenFor">;
  apiUrl: () => string;
}

/** For dialing: the access of one call to an agent. */
export function createBotAccess({ secret, tokens, apiUrl }: AccessParts): (callId: string, agentId: string) => BotAccess {
  return (callId, agentId) => ({
    account: { ...accountOf(secret, agentId), callSid: callSidOf(secret, callId) },
    outcomeUrl: `${apiUrl()}/api/calls/${callId}/outcome`,
    outcomeToken: tokens.tokenFor(callId),
  });
}

/** `AC…` and its auth token, as a bot's operator enters them: the same for all calls of the agent. */
function accountOf(secret: string, agentId: string): Pick<BotAccount, "accountSid" | "authToken"> {
  return { accountSid: `AC${derive(secret, `account:${agentId}`)}`, authToken: derive(secret, `auth:${agentId}`) };
}

/** `CA…`, by which such a bot names the call. */
function callSidOf(secret: string, callId: string): string {
  return `CA${derive(secret, `call:${callId}`)}`;
}

/** 32 hexadecimal digits, as long as Twilio's. */
function derive(secret: string, what: string): string {
  return new Bun.CryptoHasher("sha256", secret).update(what).digest("hex").slice(0, 32);
}
