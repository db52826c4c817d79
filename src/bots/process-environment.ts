// What a bot's own program finds in its environment. Pure; used by process-dialer.ts.

import { type BotPlan, textOfVariable } from "../calls/bot.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The call's context over `inherited`, of which our own settings are left out: some are secrets. The program must listen on
 * 127.0.0.1, port `PORT`, for the WebSocket of this one call.
 */
export function processEnvironment({ call, variables, systemPrompt, welcomeMessage, outcomeUrl, outcomeToken }: BotPlan, port: number, inherited: Environment): Record<string, string> {
  const context: Environment = {
    PORT: String(port),
    OUTDIAL_CALL_ID: call.id,
    OUTDIAL_LEAD_ID: call.leadId,
    OUTDIAL_ATTEMPT: String(call.attempt),
    OUTDIAL_FROM_NUMBER: call.from,
    OUTDIAL_TO_NUMBER: call.to,
    OUTDIAL_SYSTEM_PROMPT: systemPrompt,
    OUTDIAL_WELCOME_MESSAGE: welcomeMessage,
    OUTDIAL_VARIABLES: textOfVariable(variables),
    OUTDIAL_OUTCOME_URL: outcomeUrl,
    OUTDIAL_OUTCOME_TOKEN: outcomeToken,
  };
  const foreign = Object.entries(inherited).filter(([name]) => !name.startsWith("OUTDIAL_"));
  // A variable of the environment cannot hold a NUL; a lead's text may.
  return Object.fromEntries([...foreign, ...Object.entries(context)].flatMap(([name, value]) => (value === undefined ? [] : [[name, value.replaceAll("\0", "")]])));
}
