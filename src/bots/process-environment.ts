// What a bot's own program finds in its environment. Pure; used by process-dialer.ts.

import { type BotPlan, textOfVariable } from "../calls/bot.ts";

/** Linux takes no longer `NAME=value`, its final NUL included, and starts no program that is to have one. */
const LONGEST_BYTES = 128 * 1024;

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The call's context over `inherited`, of which our own settings are left out: some are secrets. So is what is too long for an
 * environment; the start of the stream has it. The program must listen on 127.0.0.1, port `PORT`, for the WebSocket of this one call.
 */
export function processEnvironment(
  { call, variables, systemPrompt, welcomeMessage, outcomeUrl, outcomeToken }: BotPlan,
  port: number,
  inherited: Environment,
): Record<string, string> {
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
  const texts = [...foreign, ...Object.entries(context)].flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value.replaceAll("\0", "")] as const],
  );
  return Object.fromEntries(texts.filter(([name, value]) => Buffer.byteLength(`${name}=${value}`) < LONGEST_BYTES));
}
