// What a call's bot is given of us: the names and the secret by which bots written for Twilio know their account and call,
// and where it reports the outcome. All of it is derived from the installation's secret, and so is the same after a restart.

import type { BotAccount } from "./bot.ts";
import type { OutcomeTokens } from "./outcome/token.ts";

/** What a bot is given of us. */
interface BotAccess {
  account: BotAccount;
  outcomeUrl: string;
  outcomeToken: string;
}

/** What access is made from. `apiUrl`: the base at which bots reach the API, known once it listens. */
interface AccessParts {
  accounts: BotAccounts;
  tokens: Pick<OutcomeTokens, "tokenFor">;
  apiUrl: () => string;
}

/** For dialing: the access of one call to an agent. */
export function createBotAccess({ accounts, tokens, apiUrl }: AccessParts): (callId: string, agentId: string) => BotAccess {
  return (callId, agentId) => ({
    account: { ...accounts.ofAgent(agentId), callSid: accounts.sidOfCall(callId) },
    outcomeUrl: `${apiUrl()}/api/calls/${callId}/outcome`,
    outcomeToken: tokens.tokenFor(callId),
  });
}

/** The names of agents and calls in the tongue of bots written for Twilio. */
export interface BotAccounts {
  /** As a bot's operator enters it: the same for all calls of the agent, until its token is changed. */
  ofAgent(agentId: string): Pick<BotAccount, "accountSid" | "authToken">;
  /** `AC…`. */
  sidOfAgent(agentId: string): string;
  /** `CA…`. */
  sidOfCall(callId: string): string;
}

/** `rotationsOf`: how often the agent's token was changed; each change gives another token, and the account stays. */
export function createBotAccounts(secret: string, rotationsOf: (agentId: string) => number): BotAccounts {
  const sidOfAgent = (agentId: string) => `AC${derive(secret, `account:${agentId}`)}`;
  return {
    ofAgent(agentId) {
      const rotations = rotationsOf(agentId);
      return { accountSid: sidOfAgent(agentId), authToken: derive(secret, `auth:${agentId}${rotations === 0 ? "" : `:${rotations}`}`) };
    },
    sidOfAgent,
    sidOfCall: (callId) => `CA${derive(secret, `call:${callId}`)}`,
  };
}

/** 32 hexadecimal digits, as long as Twilio's. */
function derive(secret: string, what: string): string {
  return new Bun.CryptoHasher("sha256", secret).update(what).digest("hex").slice(0, 32);
}
