// From the agent's connection to the bot that talks. Handed to the media engine by the worker.

import type { BotPlan } from "../calls/bot.ts";
import type { BotHost, CreateBot } from "../media/media-bot.ts";
import type { Clock } from "../runtime/clock.ts";
import type { Random } from "../runtime/random.ts";
import { createAnnouncementBot } from "./announcement-bot.ts";
import { guardedSocket, openBotSocket, type OpenSocket } from "./bot-socket.ts";
import { createSimulatedBot } from "./simulated-bot.ts";
import { createStreamBot } from "./stream-bot.ts";
import { type StreamSettings, streamOrder } from "./stream-order.ts";
import { createWaitingBot } from "./waiting-bot.ts";
import { createTwimlBot, type TwimlBeginning } from "./twiml-bot.ts";
import { createVoiceRequests } from "./voice-request.ts";

/** What bots need of their surroundings. */
interface BotParts {
  clock: Clock;
  random: Random;
  /** Told after each message of a bot on a socket, because many in a row take the calls' time. */
  heard?: () => void;
}

/** For the engine. Makes nothing for a kind of connection that has no bot in the worker. */
export function botMaker({ clock, random, heard = () => undefined }: BotParts): CreateBot {
  const openHeard: OpenSocket = (url, headers, events) =>
    openBotSocket(url, headers, {
      ...events,
      message(text) {
        events.message(text);
        heard();
      },
    });
  const requests = createVoiceRequests(clock);
  const twiml = (plan: BotPlan, host: BotHost, beginning: TwimlBeginning, patient = false) =>
    createTwimlBot(plan, beginning, host, {
      requests,
      openStream(settings, inner) {
        const connect = guardedSocket(openHeard, (error) =>
          inner.end({ reason: "media_failed", detail: String(error instanceof Error ? error.stack : error) }),
        );
        return createStreamBot(streamOrder(plan, { ...settings, patient }, random), inner, { clock, connect });
      },
    });
  // A stream is TwiML of one step, so that a bot may have another document followed in its place.
  const stream = (plan: BotPlan, host: BotHost, { url, patient }: StreamSettings) =>
    twiml(plan, host, { steps: [{ verb: "stream", url, parameters: {} }] }, patient);
  return (plan, host, audioOf) => {
    const { connection } = plan;
    switch (connection.type) {
      case "simulated":
        return createSimulatedBot(host, connection.talkMs);
      case "stream":
        return stream(plan, host, { url: connection.url });
      case "process":
        return connection.port === undefined ? undefined : stream(plan, host, { url: `ws://127.0.0.1:${connection.port}/`, patient: true });
      case "twiml":
        return twiml(plan, host, { url: connection.url });
      case "sip":
        return createWaitingBot();
      case "announcement":
        return createAnnouncementBot(host, connection, audioOf(connection.audio));
      default:
        return connection satisfies never;
    }
  };
}
