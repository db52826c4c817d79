// The line of one call, beside whatever talks on it: hears who picked up and acts on it, leaves messages, ends calls in which
// nobody speaks, takes the key of who wants no more calls, and records both sides. Made by session.ts; talks to it as a bot does.

import type { BotPlan, MachineVerdict } from "../../calls/bot.ts";
import { createMachineDetector } from "../amd/machine-detector.ts";
import { createEar, type Ear } from "./ear.ts";
import type { AudioOf, BotEnd, BotHost, CreateBot, MediaBot } from "../media-bot.ts";
import { createQuietWatch } from "./quiet.ts";
import type { Recording } from "../sound/recording.ts";
import { meanSquare } from "../sound/tone.ts";
import { createVoicemailMessage, type VoicemailMessage } from "./voicemail-message.ts";

/** What the line needs of the engine. */
export interface LineParts {
  createBot: CreateBot;
  audioOf: AudioOf;
  /** Begins the recording of the call; undefined where none can be made. */
  record(callId: string): Recording | undefined;
}

/** A bot to the session, with another one in it that may be exchanged. */
export interface Line extends MediaBot {
  /**
   * Another talks from now on; the bot so far is closed, and can end the call no more. Where the person is handed over it is no bot
   * that comes: who picked up is known by then, and a machine is not listened for any more.
   */
  replace(bot: MediaBot, isHandedOver: boolean): void;
  /** The person put the call on hold, or came back: silence is not counted meanwhile. */
  hold(isHeld: boolean): void;
}

interface State extends LineParts {
  plan: BotPlan;
  host: BotHost;
  ear: Ear;
  /** What talks; undefined once a message is to be left instead. */
  bot: MediaBot | undefined;
  message: VoicemailMessage | undefined;
  /** The bot that was made for the call may still end it and speak of it. */
  mayBotTell: boolean;
  /** A machine has answered, and what is to be done about it has begun. */
  isMachine: boolean;
  /** The bot was left to speak to the machine: the call ends as one that a machine answered. */
  isBotsMessage: boolean;
}

/** Undefined where the plan has no bot that media can make. */
export function createLine(plan: BotPlan, host: BotHost, parts: LineParts): Line | undefined {
  const { voicemail, silenceTimeoutMs, record: isRecorded } = plan.line;
  const ear = createEar(voicemail.detect ? createMachineDetector({ agentConverses: plan.connection.type !== "announcement" }) : undefined);
  const quiet = createQuietWatch(silenceTimeoutMs);
  const state: State = {
    ...parts,
    plan,
    host,
    ear,
    bot: undefined,
    message: undefined,
    mayBotTell: true,
    isMachine: false,
    isBotsMessage: false,
  };
  state.bot = parts.createBot(plan, hostOf(state), parts.audioOf);
  if (state.bot === undefined) return undefined;
  let recording: Recording | undefined;
  let isHeld = false;
  const isOnHold = () => isHeld || state.bot?.isOnHold?.() === true;
  return {
    start() {
      if (isRecorded) recording = parts.record(plan.call.id);
      state.bot?.start();
    },
    onFrame(frame) {
      recording?.heard(frame);
      if (silenceTimeoutMs > 0) quiet.hear(meanSquare(frame));
      if (isOnHold()) quiet.touch();
      const verdict = voicemail.detect ? ear.hear(frame) : undefined;
      if (verdict !== undefined) answerTo(state, verdict);
      state.bot?.onFrame(frame);
    },
    nextFrame(frame) {
      const isSaid = speak(state, frame);
      recording?.said(isSaid ? frame : undefined);
      if (silenceTimeoutMs > 0) {
        quiet.say(isSaid ? meanSquare(frame) : 0);
        if (quiet.isTooLong()) host.end({ reason: "silence_timeout" });
      }
      return isSaid;
    },
    onDtmf(digit) {
      quiet.touch();
      hearKey(state, digit);
    },
    onMachine: (verdict) => state.bot?.onMachine?.(verdict),
    onTransferFailed: (reason) => state.bot?.onTransferFailed?.(reason),
    redirect: (order) => state.bot?.redirect?.(order),
    replace(next, isHandedOver) {
      state.mayBotTell = false;
      if (isHandedOver) ear.stop();
      // The silence before belongs to the conversation that is over.
      quiet.touch();
      const before = state.bot;
      state.bot = next;
      before?.close();
    },
    hold: (held) => void (isHeld = held),
    close() {
      recording?.close();
      state.bot?.close();
    },
  };
}

/** What the bot of the call is given: its words go through the line, and nothing of it counts once another talks. */
function hostOf(state: State): BotHost {
  const { host } = state;
  return {
    end: (end) => void (state.mayBotTell && host.end(endOf(state, end))),
    sendDtmf: (digits) => void (state.mayBotTell && host.sendDtmf(digits)),
    note: host.note,
    tell(word) {
      if (!state.mayBotTell) return;
      if (word.type !== "machine") return host.tell(word);
      const verdict = state.ear.told(word.verdict);
      if (verdict !== undefined) answerTo(state, verdict);
    },
  };
}

function endOf({ isBotsMessage }: State, end: BotEnd): BotEnd {
  return isBotsMessage && end.reason === "bot_hung_up" ? { ...end, reason: "voicemail" } : end;
}

/** The verdict is stored in any case; the agent's policy says what follows from it. */
function answerTo(state: State, verdict: MachineVerdict): void {
  const { host, plan, bot } = state;
  host.tell({ type: "machine", verdict });
  const isPolicy = plan.line.voicemail.detect;
  if (isPolicy && verdict.result === "fax") return host.end({ reason: "fax" });
  if (isPolicy && verdict.result === "unobtainable") return host.end({ reason: "number_unknown" });
  if (isPolicy && verdict.result === "machine" && !state.isMachine) return answerMachine(state, verdict);
  bot?.onMachine?.(verdict);
}

function answerMachine(state: State, verdict: MachineVerdict): void {
  const { host, bot, plan } = state;
  const { action, audio } = plan.line.voicemail;
  state.isMachine = true;
  if (action === "hangup") return host.end({ reason: "machine_answered" });
  const samples = action === "message" && audio !== undefined ? state.audioOf(audio) : undefined;
  if (samples !== undefined) return leaveMessage(state, samples);
  state.isBotsMessage = action === "message";
  bot?.onMachine?.(verdict);
}

/** The bot is closed at once: the machine would record it. */
function leaveMessage(state: State, samples: Int16Array): void {
  const { bot } = state;
  state.mayBotTell = false;
  state.bot = undefined;
  state.message = createVoicemailMessage(samples);
  bot?.close();
}

function speak({ bot, message, ear, host }: State, frame: Int16Array): boolean {
  if (message === undefined) return bot?.nextFrame(frame) ?? false;
  const isSaid = message.next(frame, ear.greetingEnd(), ear.isDeaf());
  if (message.isDone()) host.end({ reason: "voicemail" });
  return isSaid;
}

/** What an announcement says of a key goes before the agent's own key. */
function hearKey({ plan: { connection, line }, bot, host }: State, digit: string): void {
  const isAnnounced = connection.type === "announcement" && Object.hasOwn(connection.keys, digit);
  if (digit !== line.optOutKey || isAnnounced) return bot?.onDtmf(digit);
  host.tell({ type: "opt_out", optOut: { by: "key", quote: `key ${digit}` } });
  host.end({ reason: "opted_out", analysis: { key: digit, next_action: "not_interested" } });
}
