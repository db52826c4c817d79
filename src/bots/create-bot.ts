// From the agent's connection to the bot that talks. Handed to the media engine by the worker.

import type { CreateBot } from "../media/media-bot.ts";
import { createSimulatedBot } from "./simulated-bot.ts";
import { createWaitingBot } from "./waiting-bot.ts";

/** Undefined for a kind of connection that has no bot in the worker. */
export const createBot: CreateBot = ({ connection }, host) => {
  switch (connection.type) {
    case "simulated":
      return createSimulatedBot(host, connection.talkMs);
    case "sip":
      return createWaitingBot();
    case "stream":
    case "twiml":
    case "process":
    case "announcement":
      return undefined;
    default:
      return connection satisfies never;
  }
};
