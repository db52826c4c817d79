// The verbs on calls: placing one, ending it, handing it over, and taking in what its bot reports of it.

import type { Db } from "../database/open.ts";
import { AppError, type ErrorCode, invalid, notFound } from "../errors.ts";
import { parsePhoneNumber } from "../leads/phone-number.ts";
import { SECOND } from "../runtime/clock.ts";
import { isFinal, openCallStatuses } from "./call.ts";
import type { CallControl, PlacedCall } from "./control.ts";
import { checkedVariables } from "./dynamic-variables.ts";
import type { OutboundCall, OutcomeReport } from "./model.ts";
import { type CallRefusal, sentenceOf } from "./refusal.ts";
import { isSipAddress } from "./sip-address.ts";
import { type CallRow, findCall } from "./store.ts";

/** What the verbs need. */
export interface CallDependencies {
  db: Db;
  control: CallControl;
}

/** Throws 404. */
export function getCall(db: Db, id: string): CallRow {
  const row = findCall(db, id);
  if (row === undefined) throw notFound("call", id);
  return row;
}

/** Resolves with the call once it is on its way; throws what the contract says of a call that may not be placed. */
export async function placeCall({ db, control }: CallDependencies, request: OutboundCall): Promise<CallRow> {
  const to = readNumber("destination", request.destination);
  const variables = checkedVariables(request.dynamicVariables ?? {});
  const { agentId, agentVersion, phoneNumberId } = request;
  const placed = await control.placeCall({ agentId, agentVersion, phoneNumberId, to, variables });
  if (placed.kind !== "placed") throw refusalOf(placed, request, to);
  return getCall(db, placed.callId);
}

const codes: Record<CallRefusal, ErrorCode> = {
  dnc: "dnc_blocked",
  number_in_call: "wrong_state",
  prefix_not_allowed: "validation_failed",
  no_credits: "insufficient_credits",
  trunk_held: "sip_failure",
  bot_held: "bot_unreachable",
  bot_unreachable: "bot_unreachable",
  cap: "rate_limited",
  trunk_cap: "rate_limited",
  trunk_rate: "rate_limited",
};

/** When nobody knows when a call in progress will end. */
const CAP_RETRY_MS = 5 * SECOND;
const DRAIN_RETRY_SECONDS = 30;

function refusalOf(
  placed: Exclude<PlacedCall, { kind: "placed" }>,
  { agentId, agentVersion, phoneNumberId }: OutboundCall,
  to: string,
): AppError {
  if (placed.kind === "draining")
    return new AppError("draining", "the appliance is being stopped and places no call any more; try again after its restart", {
      retryAfterSeconds: DRAIN_RETRY_SECONDS,
    });
  if (placed.kind === "missing") {
    if (placed.what === "agentVersion")
      return new AppError(
        "not_found",
        `the agent '${agentId}' has no version ${agentVersion}; GET /api/agents/${agentId}/versions lists those it has`,
      );
    return placed.what === "agent" ? notFound("agent", agentId) : notFound("phone number", phoneNumberId);
  }
  const code = codes[placed.refusal];
  const retryAfterMs = placed.retryAfterMs ?? (code === "rate_limited" ? CAP_RETRY_MS : undefined);
  const retryAfterSeconds = retryAfterMs === undefined ? undefined : Math.max(1, Math.ceil(retryAfterMs / SECOND));
  return new AppError(code, sentenceOf(placed.refusal, to, placed.because), { retryAfterSeconds });
}

/** The call as it stands; its end follows as fast as the network allows. Throws 404 and 409. */
export function endCall({ db, control }: CallDependencies, id: string): CallRow {
  const row = getCall(db, id);
  if (!control.endCall(id)) throw notInProgress(row);
  return row;
}

/** The call as it stands; its bot is let go once the other end has answered. Throws 400, 404, 409 and 429. */
export function transferCall({ db, control }: CallDependencies, id: string, destination: string): CallRow {
  const row = getCall(db, id);
  const to = isSipAddress(destination) ? destination : readNumber("destination", destination);
  const answer = control.transferCall(id, to);
  if (answer === "not_in_progress") throw notInProgress(row);
  if (answer === "not_answered")
    throw new AppError("wrong_state", `the call '${id}' has not been answered; it can be transferred once it is`);
  if (answer === "not_able")
    throw new AppError("wrong_state", `the call '${id}' goes through a trunk whose calls cannot be transferred; end it instead`);
  if (typeof answer === "object")
    throw "problem" in answer
      ? new AppError("wrong_state", `the call '${id}' cannot be transferred: ${answer.problem}`)
      : refusedTransfer(answer, to);
  return row;
}

function refusedTransfer({ refusal, because }: { refusal: CallRefusal; because?: string }, to: string): AppError {
  const code = codes[refusal];
  return new AppError(code, sentenceOf(refusal, to, because), {
    retryAfterSeconds: code === "rate_limited" ? CAP_RETRY_MS / SECOND : undefined,
  });
}

function notInProgress({ id, status }: CallRow): AppError {
  return new AppError(
    "wrong_state",
    `the call '${id}' is ${isFinal(status) ? status : "over"}; it must be ${openCallStatuses.join(" or ")}`,
  );
}

/**
 * Takes what the bot reports of its call, once; the same again is answered as it was. Before the call's end it waits for the
 * settle, which decides the disposition by it. A lead that waits for the analysis of the call goes on with it; later the call,
 * and a lead that the call completed, are changed. What was told to a webhook is not told again, unless the person asked to be
 * called once more: then when that has come to its end. Throws 400, 404 and 409.
 */
export function reportOutcome({ db, control }: CallDependencies, id: string, { analysis, transcript }: OutcomeReport): CallRow {
  if (analysis === undefined && transcript === undefined)
    throw new AppError("validation_failed", "the body is empty; it must have analysis, transcript, or both");
  getCall(db, id);
  const isTaken = control.report(id, { analysis: analysis ?? null, transcript: transcript ?? null });
  if (!isTaken) throw new AppError("already_exists", `the outcome of the call '${id}' was reported before; it is taken once`);
  return getCall(db, id);
}

/** The E.164 form; throws a 400 about `path`. */
export function readNumber(path: string, text: string): string {
  const parsed = parsePhoneNumber(text);
  if ("problem" in parsed) throw invalid(path, parsed.problem);
  return parsed.number;
}
