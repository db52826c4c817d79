// What a bot is told of its call when the stream starts. Pure; used wherever a bot is handed a stream.

import { type BotPlan, textOfVariable } from "../calls/bot.ts";

/** The bot's `customParameters`: every variable under its own name; what we know of the call wins over a variable of that name. */
export function streamParameters({
  variables,
  systemPrompt,
  welcomeMessage,
  call,
  outcomeUrl,
  outcomeToken,
  line,
}: BotPlan): Record<string, string> {
  const own: Record<string, string | undefined> = {
    system_prompt: systemPrompt,
    welcome_message: welcomeMessage,
    from_number: call.from,
    to_number: call.to,
    call_id: call.id,
    lead_id: call.leadId,
    attempt: String(call.attempt),
    outcome_url: outcomeUrl,
    outcome_token: outcomeToken,
    voicemail_message: line.voicemail.message === "" ? undefined : line.voicemail.message,
  };
  const known = Object.entries(own).flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const]));
  return {
    ...Object.fromEntries(Object.entries(variables).map(([name, value]) => [name, textOfVariable(value)])),
    ...Object.fromEntries(known),
  };
}
