// What talks on a call, as the engine's worker sees it: one object a call, fed and asked every 20 ms.
// A kind of bot is one file that makes such objects; bots/create-bot.ts chooses.

import type { BotPlan, BotWord, MachineVerdict, TwimlOrder } from "../calls/bot.ts";
import type { Analysis } from "../calls/disposition.ts";

/** How the conversation ended, for the call's record. */
export interface BotEnd {
  reason: string;
  analysis?: Analysis;
  /** What went wrong, for the log. */
  detail?: string;
}

/** What a bot may ask of its call. */
export interface BotHost {
  /** The call is to be ended. Only the first time counts. */
  end(end: BotEnd): void;
  sendDtmf(digits: string): void;
  tell(word: BotWord): void;
  /** For the log: something of the call that its operator may wonder about. */
  note?(what: string): void;
}

/** Frames are 160 linear samples, lent for the time of the call; what is kept must be copied. */
export interface MediaBot {
  /** Answered: from now on frames flow both ways, one each per 20 ms. */
  start(): void;
  /** What the far end says; silence when nothing came. */
  onFrame(frame: Int16Array): void;
  /** Fills the frame, or answers false: then silence is sent. */
  nextFrame(frame: Int16Array): boolean;
  onDtmf(digit: string): void;
  /** Who picked up, by our own ear: for a bot that may want to know. */
  onMachine?(verdict: MachineVerdict): void;
  /** The person could not be handed over, for this reason: the conversation goes on. */
  onTransferFailed?(reason: string): void;
  /** Whoever talks here put the call on hold, and is not to be waited for. */
  isOnHold?(): boolean;
  /** What was planned is dropped, and this done instead. */
  redirect?(order: TwimlOrder): void;
  /** The call is over, or another talks from now on; nothing is called after it. */
  close(): void;
}

/** The sound of an agent's recording, 8,000 samples a second, which nobody may change; undefined when there is none of that id. */
export type AudioOf = (id: string) => Int16Array | undefined;

/** Makes the bot of one call, undefined for a kind of connection that media has no bot for; the engine is given it. */
export type CreateBot = (plan: BotPlan, host: BotHost, audioOf: AudioOf) => MediaBot | undefined;
