// The plan of a call's bot that matters to no test: a simulated one on a bare line.

import { type BotConnection, type BotPlan, bareLine } from "../../src/calls/bot.ts";

export function plainPlan(connection: BotConnection = { type: "simulated" }, more: Partial<BotPlan> = {}): BotPlan {
  return {
    connection,
    systemPrompt: "",
    welcomeMessage: "",
    variables: {},
    call: { id: "call_1", leadId: undefined, from: "+15550100001", to: "+15550100002", attempt: 1 },
    line: bareLine,
    ...more,
  };
}
