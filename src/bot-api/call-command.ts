// What a bot's POST about its call asks for: the form of Twilio's Call resource, as far as it is done here. Pure.

import type { TwimlOrder } from "../calls/bot.ts";

/** `cancel` ends a call that nobody has answered, `complete` any. */
export type CallCommand = { kind: "complete" } | { kind: "cancel" } | { kind: "redirect"; order: TwimlOrder } | { kind: "none" };

/** A Status goes before the rest, and TwiML before a URL. A problem is a sentence; fields that are not known are passed over, as Twilio does. */
export function readCommand(form: URLSearchParams): CallCommand | { problem: string } {
  const status = form.get("Status");
  const twiml = form.get("Twiml");
  const url = form.get("Url");
  if (status !== null && status !== "") {
    if (status === "completed") return { kind: "complete" };
    if (status === "canceled") return { kind: "cancel" };
    return { problem: `Status is '${status.slice(0, 50)}'; it must be completed or canceled` };
  }
  if (twiml !== null && twiml !== "") return { kind: "redirect", order: { twiml } };
  if (url === null || url === "") return { kind: "none" };
  const isWeb = URL.canParse(url) && /^https?:$/.test(new URL(url).protocol);
  if (!isWeb) return { problem: "Url is not an http:// or https:// URL" };
  return { kind: "redirect", order: { url, method: form.get("Method")?.toUpperCase() === "GET" ? "GET" : "POST" } };
}
