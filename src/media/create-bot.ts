// From the agent's connection to the bot that talks.

import type { BotPlan } from "../calls/bot.ts";
import type { BotHost, MediaBot } from "./media-bot.ts";
import { createSimulatedBot } from "./simulated-bot.ts";

/** Makes the bot of one call; the engine takes it as a parameter, so that tests bring their own. */
export type CreateBot = (plan: BotPlan, host: BotHost) => MediaBot | undefined;

/** Undefined for a kind of connection that media has no bot for. */
export const createBot: CreateBot = ({ connection }, host) => {
  switch (connection.type) {
    case "simulated":
      return createSimulatedBot(host, connection.talkMs);
    case "stream":
    case "twiml":
    case "sip":
    case "process":
      return undefined;
    default:
      return connection satisfies never;
  }
};
