// A bot that says in TwiML what happens on its call: the steps are taken one after the other, and whoever talks meanwhile is
// another bot inside. Bots with a stream of their own run in it too, as one step, so that a new document can take over.

import type { BotPlan, MachineVerdict, TwimlOrder } from "../calls/bot.ts";
import { FRAME_MS, FRAME_SAMPLES } from "../media/sound/frame.ts";
import type { BotEnd, BotHost, MediaBot } from "../media/media-bot.ts";
import type { Wav } from "../media/sound/wav.ts";
import { type HttpMethod, readTwiml, type TwimlStep } from "./twiml.ts";
import type { VoiceRequests } from "./voice-request.ts";

/** What it needs of its surroundings. */
interface TwimlParts {
  requests: VoiceRequests;
  /** The bot behind a stream; not started. */
  openStream(settings: { url: string; parameters: Readonly<Record<string, string>> }, host: BotHost): MediaBot;
}

/** How it begins: with the document at a URL, or with steps that are known. */
export type TwimlBeginning = { url: string } | { steps: readonly TwimlStep[] };

/** Documents of one call; a bot that redirects in circles is stopped. */
const MOST_DOCUMENTS = 50;

interface State extends TwimlParts {
  plan: BotPlan;
  host: BotHost;
  steps: TwimlStep[];
  /** Of the document that is being followed: what relative URLs are relative to. */
  base: string;
  documents: number;
  /** Changes with every document, so that what was asked for before it is no longer waited for. */
  turn: number;
  /** Whoever talks now, where it is a bot. */
  voice: MediaBot | undefined;
  sound: { wav: Wav; at: number; timesLeft: number } | undefined;
  silentFrames: number;
  /** The step is a `<Dial>`: somebody is being called at its wish. */
  isDialing: boolean;
  /** Something was done for the person: a fault is a crash from then on. */
  hasBegun: boolean;
  answeredBy: MachineVerdict | undefined;
  over: boolean;
}

/** Ends with `bot_hung_up` after the last step, with `bot_unreachable` or `bot_crashed` when no document is to be had. */
export function createTwimlBot(plan: BotPlan, beginning: TwimlBeginning, host: BotHost, parts: TwimlParts): MediaBot {
  const steps = "steps" in beginning ? [...beginning.steps] : [];
  const state: State = {
    ...parts,
    plan,
    host,
    steps,
    base: "url" in beginning ? beginning.url : "",
    documents: 0,
    turn: 0,
    voice: undefined,
    sound: undefined,
    silentFrames: 0,
    isDialing: false,
    hasBegun: false,
    answeredBy: undefined,
    over: false,
  };
  return {
    start() {
      if ("url" in beginning) load(state, beginning.url, "POST");
      else next(state);
    },
    onFrame: (frame) => state.voice?.onFrame(frame),
    nextFrame(frame) {
      if (state.voice !== undefined) return state.voice.nextFrame(frame);
      if (state.sound !== undefined) return play(state, state.sound, frame);
      if (state.silentFrames > 0) {
        state.silentFrames -= 1;
        if (state.silentFrames === 0) next(state);
      }
      return false;
    },
    onDtmf: (digit) => state.voice?.onDtmf(digit),
    onMachine(verdict) {
      state.answeredBy = verdict;
      state.voice?.onMachine?.(verdict);
    },
    onTransferFailed(reason) {
      if (state.voice !== undefined) return state.voice.onTransferFailed?.(reason);
      // Of what others asked for, or a document before this one, the steps do not depend.
      if (state.isDialing) next(state);
    },
    redirect: (order) => redirect(state, order),
    close() {
      state.over = true;
      interrupt(state);
    },
  };
}

function redirect(state: State, order: TwimlOrder): void {
  if (state.over) return;
  interrupt(state);
  if ("url" in order) return load(state, order.url, order.method);
  if (mayHaveDocument(state)) follow(state, order.twiml);
}

/** What goes on is left, and what was planned is forgotten. */
function interrupt(state: State): void {
  state.turn += 1;
  state.steps = [];
  state.sound = undefined;
  state.silentFrames = 0;
  state.isDialing = false;
  const { voice } = state;
  state.voice = undefined;
  voice?.close();
}

function load(state: State, reference: string, method: HttpMethod): void {
  const url = absolute(state, reference);
  if (url === undefined) return fail(state, "the TwiML names a URL that is none");
  if (!mayHaveDocument(state)) return;
  state.base = url;
  const { turn } = state;
  void state.requests.askTwiml(state.plan, { url, method, answeredBy: state.answeredBy }).then((answer) => {
    if (state.over || turn !== state.turn) return;
    if ("problem" in answer) fail(state, answer.problem);
    else follow(state, answer.text);
  });
}

function mayHaveDocument(state: State): boolean {
  state.documents += 1;
  if (state.documents <= MOST_DOCUMENTS) return true;
  fail(state, `the bot gave more than ${MOST_DOCUMENTS} TwiML documents for one call`);
  return false;
}

function follow(state: State, text: string): void {
  const twiml = readTwiml(text);
  if ("problem" in twiml) return fail(state, twiml.problem);
  for (const what of twiml.skipped) state.host.note?.(what);
  state.turn += 1;
  state.steps = twiml.steps;
  next(state);
}

/** Takes the next step; after the last one the call ends, as `end` says where the last step was a bot's. */
function next(state: State, end: BotEnd = { reason: "bot_hung_up" }): void {
  state.isDialing = false;
  const step = state.steps.shift();
  if (step === undefined || state.over) return finish(state, end);
  state.hasBegun ||= step.verb !== "redirect";
  switch (step.verb) {
    case "stream":
      return talk(state, step);
    case "play":
      return fetchSound(state, step);
    case "pause":
      state.silentFrames = Math.max(1, Math.round(step.ms / FRAME_MS));
      return;
    case "digits":
      state.host.sendDtmf(step.digits);
      return next(state);
    case "dial":
      // Whoever is handed over leaves this bot; when that comes to nothing, the next step follows.
      state.isDialing = true;
      return state.host.tell({ type: "transfer", to: step.to });
    case "redirect":
      state.steps = [];
      return load(state, step.url, step.method);
    case "hangup":
      return finish(state, { reason: "bot_hung_up" });
    default:
      return step satisfies never;
  }
}

function finish(state: State, end: BotEnd): void {
  if (state.over) return;
  state.over = true;
  interrupt(state);
  state.host.end(end);
}

function fail(state: State, detail: string): void {
  finish(state, { reason: state.hasBegun ? "bot_crashed" : "bot_unreachable", detail });
}

/** A bot that hangs up its stream has only had its turn; one that is lost takes the call with it. */
function talk(state: State, { url, parameters }: TwimlStep & { verb: "stream" }): void {
  const { host } = state;
  const voice = state.openStream(
    { url, parameters },
    {
      ...host,
      end(end) {
        if (state.voice !== voice) return;
        if (end.reason !== "bot_hung_up") return finish(state, end);
        state.voice = undefined;
        voice.close();
        next(state, end);
      },
    },
  );
  state.voice = voice;
  voice.start();
  if (state.answeredBy !== undefined) voice.onMachine?.(state.answeredBy);
}

function fetchSound(state: State, step: TwimlStep & { verb: "play" }): void {
  const url = absolute(state, step.url);
  const { turn } = state;
  const answer = url === undefined ? Promise.resolve({ problem: "the URL is none" }) : state.requests.fetchSound(url);
  void answer.then((found) => {
    if (state.over || turn !== state.turn) return;
    if ("problem" in found) {
      state.host.note?.(`<Play> is skipped: ${found.problem}`);
      return next(state);
    }
    state.sound = { wav: found.wav, at: 0, timesLeft: step.times === 0 ? Number.POSITIVE_INFINITY : step.times };
  });
}

function play(state: State, sound: NonNullable<State["sound"]>, frame: Int16Array): boolean {
  sound.wav.read(frame, sound.at);
  sound.at += FRAME_SAMPLES;
  if (sound.at < sound.wav.length) return true;
  sound.at = 0;
  sound.timesLeft -= 1;
  if (sound.timesLeft > 0) return true;
  state.sound = undefined;
  next(state);
  return true;
}

/** Undefined for what is no URL of the web. */
function absolute({ base }: State, reference: string): string | undefined {
  const url = URL.canParse(reference, base === "" ? undefined : base) ? new URL(reference, base === "" ? undefined : base) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) return undefined;
  // As it was written, where it was whole: the signature is over these very characters.
  return URL.canParse(reference) ? reference : url.href;
}
