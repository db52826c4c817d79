// The few requests that bots written for Twilio send to its API about a call, answered as Twilio would: end it, have TwiML
// followed, look at it. It stands beside our own API, with passwords of its own: an agent's account opens its calls and
// nothing else, and our keys open nothing here. Used by http/api.ts through app.ts.

import type { RedirectAnswer } from "../calls/control.ts";
import { AppError } from "../errors.ts";
import type { RequestLimit } from "../http/door/rate-limit.ts";
import type { Log } from "../runtime/log.ts";
import { CallStatus } from "../calls/call.ts";
import type { TwimlOrder } from "../calls/bot.ts";
import { readBasic } from "./basic-auth.ts";
import { readCommand } from "./call-command.ts";
import { callResource } from "./call-resource.ts";
import type { BotCalls, OpenCall } from "./open-calls.ts";

/** What it needs of the rest. */
export interface BotApiDependencies {
  calls: BotCalls;
  /** False when the call is not in progress. */
  endCall: (callId: string) => boolean;
  redirectCall: (callId: string, order: TwimlOrder) => RedirectAnswer;
  /** Wrong passwords count against the address, requests against the account. */
  requestLimit?: RequestLimit;
  log: Log;
}

export interface BotApi {
  /** Whether the path is one of Twilio's. */
  takes(request: Request): boolean;
  /** Never rejects. `address` is where the request comes from. */
  answer(request: Request, address: string): Promise<Response>;
}

const PREFIX = "/2010-04-01/";
const CALL_PATH = /^\/2010-04-01\/Accounts\/(AC[0-9a-f]{32})\/Calls\/(CA[0-9a-f]{32})(\.json)?$/;
/** A form with a TwiML document in it, every character of which may be three. */
const MOST_FORM_BYTES = 256 * 1024;

/** One for the appliance. */
export function createBotApi(deps: BotApiDependencies): BotApi {
  return {
    takes: (request) => pathOf(request).startsWith(PREFIX),
    async answer(request, address) {
      try {
        return await answer(deps, request, address);
      } catch (error) {
        if (error instanceof AppError && error.code === "rate_limited")
          return refuse(429, 20429, error.message, { "retry-after": String(error.retryAfterSeconds ?? 1) });
        deps.log.error("bot_api.bug", { error });
        return refuse(500, 20500, "an internal error");
      }
    },
  };
}

async function answer(deps: BotApiDependencies, request: Request, address: string): Promise<Response> {
  const path = pathOf(request);
  const [, accountSid = "", callSid = ""] = CALL_PATH.exec(path) ?? [];
  const presented = readBasic(request.headers.get("authorization"));
  const agentId = presented === undefined ? undefined : deps.calls.agentOf(presented.user, presented.password);
  if (agentId === undefined || presented === undefined) {
    deps.requestLimit?.fail(address);
    return refuse(401, 20003, "Authenticate", { "www-authenticate": 'Basic realm="Outdial"' });
  }
  deps.requestLimit?.spend(presented.user, address);
  // Of another account nothing is told, not even that it is there.
  const call = accountSid === presented.user ? deps.calls.find(agentId, callSid) : undefined;
  if (call === undefined) return notFound(path);
  const show = (status: CallStatus) => Response.json(callResource({ ...call, status, accountSid, callSid }));
  if (request.method === "GET") return show(call.status);
  if (request.method !== "POST") return refuse(405, 20004, "Method not allowed");
  const form = await readForm(request);
  return form === undefined
    ? refuse(413, 21617, `a form may have ${MOST_FORM_BYTES} bytes at most`)
    : carryOut(deps, call, form, path, show);
}

function carryOut(
  { endCall, redirectCall }: BotApiDependencies,
  call: OpenCall,
  form: URLSearchParams,
  path: string,
  show: (status: CallStatus) => Response,
): Response {
  const command = readCommand(form);
  if ("problem" in command) return refuse(400, 20001, command.problem);
  if (command.kind === "none") return show(call.status);
  if (command.kind === "cancel" && call.status === CallStatus.answered)
    return refuse(400, 21220, "Call is in-progress and cannot be canceled; end it with Status=completed");
  if (command.kind !== "redirect") return endCall(call.callId) ? show(CallStatus.ended) : notFound(path);
  switch (redirectCall(call.callId, command.order)) {
    case "asked":
      return show(call.status);
    case "not_answered":
      return refuse(400, 21220, "Call is not in-progress. Cannot redirect.");
    case "not_able":
      return refuse(400, 21220, "The call's bot cannot be given TwiML. Cannot redirect.");
    case "not_in_progress":
      return notFound(path);
  }
}

/** Undefined when it is too large. */
async function readForm(request: Request): Promise<URLSearchParams | undefined> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of request.body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > MOST_FORM_BYTES) return undefined;
    chunks.push(chunk);
  }
  return new URLSearchParams(Buffer.concat(chunks).toString("utf8"));
}

/** The path as it was sent; what is no URL has none. */
function pathOf({ url }: Request): string {
  return URL.canParse(url) ? new URL(url).pathname : "";
}

function notFound(path: string): Response {
  return refuse(404, 20404, `The requested resource ${path} was not found`);
}

/** In the shape that Twilio's client libraries read. */
function refuse(status: number, code: number, message: string, headers: Record<string, string> = {}): Response {
  return Response.json({ code, message, more_info: `https://www.twilio.com/docs/errors/${code}`, status }, { status, headers });
}
