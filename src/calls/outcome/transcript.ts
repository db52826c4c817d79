// Who said what, read from a transcript as bots write them: a list of turns in their usual shapes, or labelled lines. Pure.
// Used by opt-out.ts and by the analysis.

/** `other` is whoever cannot be told: a system's or a tool's turn, a line without a label. */
export interface Turn {
  who: "person" | "bot" | "other";
  text: string;
}

/** Turns read of one transcript; the rest of a longer one is not looked at. */
const MOST_TURNS = 5_000;
/** A text inside a text inside a turn: deeper than this nobody nests. */
const DEEPEST = 4;

// Not `caller`: it is the bot that calls.
const people = new Set("user customer human person callee lead contact recipient prospect guest client".split(" "));
const bots = new Set("assistant bot agent ai model voicebot robot".split(" "));

/** In their order, empty ones left out. What is no transcript has none. */
export function readTurns(transcript: unknown): Turn[] {
  if (typeof transcript === "string") return transcript.split("\n", MOST_TURNS).map(lineTurn).filter(isSpoken);
  if (Array.isArray(transcript)) return transcript.slice(0, MOST_TURNS).map(objectTurn).filter(isSpoken);
  const { messages, turns, items } = asObject(transcript);
  const list = [messages, turns, items].find(Array.isArray);
  return list === undefined ? [] : readTurns(list);
}

function isSpoken({ text }: Turn): boolean {
  return text !== "";
}

/** Of a line without blanks at its ends: led by them, a long one would take seconds. */
const LABELLED = /^\**\[?([\p{L} _-]{1,30}?)\]?\**\s*[::]\**([^]*)$/u;

/** `User: Hello`. What has no label, or one that is nobody's, counts as nobody's. */
function lineTurn(line: string): Turn {
  const bare = line.trim();
  const [, label = "", text = ""] = LABELLED.exec(bare) ?? [];
  const who = speakerOf(label);
  return who === "other" ? { who, text: bare } : { who, text: text.trim() };
}

function objectTurn(value: unknown): Turn {
  const turn = asObject(value);
  const inner = asObject(turn.message);
  const role = [turn.role, turn.speaker, turn.from, turn.participant, inner.role].find((name) => typeof name === "string");
  return {
    who: speakerOf(typeof role === "string" ? role : ""),
    text: textOf(
      [turn.content, turn.text, turn.message, turn.transcript, turn.utterance].find((part) => part != null),
      0,
    ),
  };
}

/** `MESSAGE_ROLE_USER` is a user as well. */
function speakerOf(role: string): Turn["who"] {
  const word = role
    .trim()
    .toLowerCase()
    .replace(/^(message_)?role_/, "");
  if (people.has(word)) return "person";
  return bots.has(word) ? "bot" : "other";
}

/** A text, a list of parts, or a part that holds one. */
function textOf(value: unknown, depth: number): string {
  if (typeof value === "string") return value.trim();
  if (depth >= DEEPEST) return "";
  if (Array.isArray(value))
    return value
      .map((part) => textOf(part, depth + 1))
      .filter((text) => text !== "")
      .join(" ");
  const { content, text, transcript } = asObject(value);
  const part = [content, text, transcript].find((one) => one != null);
  return part === undefined ? "" : textOf(part, depth + 1);
}

function asObject(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
}
