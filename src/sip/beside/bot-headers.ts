// What a bot behind SIP is told of its call: `X-` headers of the INVITE. Pure.

import type { BotPlan } from "../../calls/bot.ts";
import { type Header, utf8Bytes } from "../message/message.ts";

/** Of one header, name and value: longer ones are cut or refused on the way by servers of the field. */
const LONGEST_HEADER_BYTES = 1_023;
const LONGEST_NAME = 64;
/** Over all: an INVITE that grows beyond is lost by stacks with fixed buffers. */
const MOST_HEADER_BYTES = 8_192;
const MOST_HEADERS = 60;

/** The headers, and the names of what does not fit: nothing is sent in part. */
export interface BotHeaders {
  headers: readonly Header[];
  leftOut: readonly string[];
}

/**
 * In this order: what the call is, where its outcome is reported, the variables, the prompt. The first of a name stands,
 * so no variable can pretend to be another call.
 */
export function botHeaders({ call, outcomeUrl, outcomeToken, variables, systemPrompt, welcomeMessage }: BotPlan): BotHeaders {
  const wanted: readonly [name: string, value: unknown][] = [
    ["Call-ID", call.id],
    ["Lead-ID", call.leadId],
    ["From-Number", call.from],
    ["To-Number", call.to],
    ["Attempt", call.attempt],
    ["Outcome-URL", outcomeUrl],
    ["Outcome-Token", outcomeToken],
    ...Object.entries(variables),
    ["Welcome-Message", welcomeMessage],
    ["System-Prompt", systemPrompt],
  ];
  const headers: Header[] = [];
  const leftOut: string[] = [];
  const taken = new Set<string>();
  let room = MOST_HEADER_BYTES;
  for (const [name, value] of wanted) {
    const header: Header = [headerName(name), headerValue(value)];
    if (header[1] === "") continue;
    const bytes = utf8Bytes(`${header[0]}: ${header[1]}`).length;
    const key = header[0].toLowerCase();
    if (taken.has(key) || bytes > LONGEST_HEADER_BYTES || bytes > room || headers.length >= MOST_HEADERS) {
      leftOut.push(name);
      continue;
    }
    taken.add(key);
    room -= bytes;
    headers.push(header);
  }
  return { headers, leftOut };
}

/** Letters, digits and dashes; everything else becomes a dash. */
function headerName(name: string): string {
  return `X-${name.replace(/[^A-Za-z0-9-]/g, "-").slice(0, LONGEST_NAME)}`;
}

/** On one line, whatever the text holds; objects as JSON. Empty for what has no value. */
function headerValue(value: unknown): string {
  if (value === undefined || value === null) return "";
  const text = typeof value === "object" ? JSON.stringify(value) : String(value);
  return text.replace(/[\p{Cc}\s]+/gu, " ").trim();
}
