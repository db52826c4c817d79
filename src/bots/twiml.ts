// TwiML read: the document in which a bot written for Twilio says what is to happen on the call, as a list of steps. Pure; the
// steps are taken by twiml-bot.ts. What the verbs mean: Twilio's reference of TwiML for voice.

import { XMLParser, XMLValidator } from "fast-xml-parser";

/** What happens next on the call. URLs are as they stand in the document, and may be relative. */
export type TwimlStep =
  /** `<Connect><Stream>`: the bot talks over a WebSocket until it hangs up there. */
  | { verb: "stream"; url: string; parameters: Record<string, string> }
  /** A number (E.164) or a SIP address. */
  | { verb: "dial"; to: string }
  /** `times` 0 for ever. */
  | { verb: "play"; url: string; times: number }
  | { verb: "digits"; digits: string }
  | { verb: "pause"; ms: number }
  | { verb: "redirect"; url: string; method: HttpMethod }
  | { verb: "hangup" };

export type HttpMethod = "GET" | "POST";

/** `skipped`: what of it is not done here, in words. */
export interface Twiml {
  steps: TwimlStep[];
  skipped: string[];
}

/** A longer document is no plan of a call. */
export const LONGEST_TWIML = 64 * 1024;
const MOST_STEPS = 100;
const LONGEST_PAUSE_SECONDS = 3_600;
const MOST_TIMES = 1_000;
/** As elsewhere: a destination is a number or a SIP address without a password. */
const NUMBER = /^\+[1-9]\d{6,14}$/;
const SIP_ADDRESS = /^sips?:([^\s:@<>"]+@)?[^\s:@/?<>"]+(:\d{1,5})?([;?][^\s<>"]*)?$/;

type Node = Record<string, unknown>;

interface Element {
  name: string;
  attributes: Readonly<Record<string, string>>;
  children: readonly Element[];
  text: string;
}

// Characters by number are read: Twilio's own library writes the line breaks of a parameter so.
const parser = new XMLParser({
  htmlEntities: true,
  preserveOrder: true,
  ignoreAttributes: false,
  attributeNamePrefix: "",
  parseTagValue: false,
  parseAttributeValue: false,
});

/** Verbs in their order. A problem is a sentence about the whole document; what is merely unknown is skipped. */
export function readTwiml(text: string): Twiml | { problem: string } {
  if (text.length > LONGEST_TWIML) return { problem: `the TwiML has ${text.length} characters; it must have ${LONGEST_TWIML} at most` };
  if (/<!(DOCTYPE|ENTITY)/i.test(text)) return { problem: "the TwiML declares a document type; it must not" };
  const valid = XMLValidator.validate(text.trim());
  if (valid !== true) return { problem: `the TwiML is not well-formed XML: ${valid.err.msg} (line ${valid.err.line})` };
  const root = parse(text.trim());
  if (root !== undefined && "problem" in root) return root;
  if (root?.name !== "Response")
    return { problem: `the answer is no TwiML: it begins with <${root?.name ?? ""}>, and must begin with <Response>` };
  if (root.children.length > MOST_STEPS)
    return { problem: `the TwiML has ${root.children.length} verbs; it must have ${MOST_STEPS} at most` };
  const read = root.children.map(readVerb);
  return {
    steps: read.flatMap((step) => (typeof step === "string" ? [] : step)),
    skipped: read.filter((step) => typeof step === "string"),
  };
}

/** The outermost element. */
function parse(text: string): Element | { problem: string } | undefined {
  try {
    return elementsOf(parser.parse(text) as Node[]).find(({ name }) => !name.startsWith("?"));
  } catch (error) {
    return { problem: `the TwiML cannot be read: ${(error as Error).message}` };
  }
}

function elementsOf(nodes: readonly Node[]): Element[] {
  return nodes.flatMap((node) => {
    const name = Object.keys(node).find((key) => key !== ":@") ?? "#text";
    if (name === "#text") return [];
    const inner = (node[name] ?? []) as Node[];
    const text = inner
      .map((child) => (typeof child["#text"] === "string" ? child["#text"] : ""))
      .join("")
      .trim();
    return [{ name, attributes: (node[":@"] ?? {}) as Record<string, string>, children: elementsOf(inner), text }];
  });
}

/** A text says why the verb is skipped. */
function readVerb({ name, attributes, children, text }: Element): TwimlStep | TwimlStep[] | string {
  switch (name) {
    case "Connect":
      return readConnect(children);
    case "Dial":
      return readDial(children, text);
    case "Play":
      if (attributes.digits !== undefined) return readDigits(attributes.digits);
      return text === "" ? "<Play> names no sound" : { verb: "play", url: text, times: wholeNumber(attributes.loop, 1, MOST_TIMES) };
    case "Pause":
      return { verb: "pause", ms: wholeNumber(attributes.length, 1, LONGEST_PAUSE_SECONDS) * 1_000 };
    case "Redirect":
      return text === "" ? "<Redirect> names no URL" : { verb: "redirect", url: text, method: methodOf(attributes.method) };
    case "Hangup":
    case "Reject":
      return { verb: "hangup" };
    case "Say":
      return "<Say> is not spoken: there is no voice here; use <Play> or <Connect><Stream>";
    default:
      return `<${name}> is not done here`;
  }
}

function readConnect(children: readonly Element[]): TwimlStep | string {
  const stream = children.find(({ name }) => name === "Stream");
  if (stream === undefined)
    return `<Connect> without <Stream> is not done here (it has ${children.map(({ name }) => `<${name}>`).join(", ") || "nothing"})`;
  const { url = "" } = stream.attributes;
  if (!/^wss?:\/\//i.test(url) || !URL.canParse(url)) return "<Stream> names no ws:// or wss:// URL";
  const parameters = stream.children.filter(({ name, attributes }) => name === "Parameter" && attributes.name !== undefined);
  return {
    verb: "stream",
    url,
    parameters: Object.fromEntries(parameters.map(({ attributes }) => [attributes.name, attributes.value ?? ""])),
  };
}

/** One destination is called: of several the first that can be. */
function readDial(children: readonly Element[], text: string): TwimlStep | string {
  const named = children.filter(({ name }) => name === "Number" || name === "Sip").map((child) => child.text);
  const to = [...named, text].map(destinationOf).find((found) => found !== undefined);
  if (to !== undefined) return { verb: "dial", to };
  const words = children.map(({ name }) => `<${name}>`).join(", ");
  return `<Dial> names no number in E.164 and no SIP address${words === "" ? "" : ` (it has ${words})`}`;
}

function destinationOf(text: string): string | undefined {
  const number = text.replace(/[\s().-]/g, "");
  if (NUMBER.test(number)) return number;
  return SIP_ADDRESS.test(text) ? text : undefined;
}

/** A `w` between the keys waits half a second, a `W` a whole one. */
function readDigits(text: string): TwimlStep[] | string {
  if (!/^[0-9A-D*#wW]{1,50}$/.test(text)) return "<Play> has digits that are no keys";
  return [...text.matchAll(/[wW]|[^wW]+/g)].map(([part]) =>
    /w/i.test(part) ? { verb: "pause", ms: part === "w" ? 500 : 1_000 } : { verb: "digits", digits: part },
  );
}

function methodOf(text: string | undefined): HttpMethod {
  return text?.toUpperCase() === "GET" ? "GET" : "POST";
}

function wholeNumber(text: string | undefined, byDefault: number, most: number): number {
  return text !== undefined && /^\d{1,9}$/.test(text) ? Math.min(most, Number(text)) : byDefault;
}
