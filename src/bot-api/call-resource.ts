// A call as Twilio's API shows it, for bots whose client libraries read it. Pure. Fields and formats: Twilio's reference of the
// Call resource; what there is no counterpart of is null.

import { CallStatus } from "../calls/call.ts";

/** What is shown of a call in progress. Instants are epoch ms. */
export interface ShownCall {
  accountSid: string;
  callSid: string;
  from: string;
  to: string;
  status: CallStatus;
  placedAt: number;
  answeredAt: number | null;
}

const words: Record<CallStatus, string> = {
  [CallStatus.placing]: "queued",
  [CallStatus.ringing]: "ringing",
  [CallStatus.answered]: "in-progress",
  [CallStatus.ended]: "completed",
  [CallStatus.unknown]: "failed",
};

/** `status` in Twilio's words. */
export function callResource({ accountSid, callSid, from, to, status, placedAt, answeredAt }: ShownCall): Record<string, unknown> {
  const uri = `/2010-04-01/Accounts/${accountSid}/Calls/${callSid}`;
  return {
    sid: callSid,
    account_sid: accountSid,
    api_version: "2010-04-01",
    status: words[status],
    direction: "outbound-api",
    from,
    from_formatted: from,
    to,
    to_formatted: to,
    date_created: dateOf(placedAt),
    date_updated: dateOf(answeredAt ?? placedAt),
    start_time: answeredAt === null ? null : dateOf(answeredAt),
    end_time: null,
    duration: null,
    answered_by: null,
    forwarded_from: null,
    caller_name: null,
    parent_call_sid: null,
    phone_number_sid: null,
    group_sid: null,
    trunk_sid: null,
    queue_time: "0",
    price: null,
    price_unit: "USD",
    uri: `${uri}.json`,
    subresource_uris: {},
  };
}

/** RFC 2822, in UTC, with a zone in digits. */
function dateOf(at: number): string {
  return new Date(at).toUTCString().replace("GMT", "+0000");
}
