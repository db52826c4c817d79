// What the demo prints around its progress line.

import { dispositions } from "../../calls/disposition.ts";
import { leadStatuses } from "../../leads/status.ts";
import { SECOND } from "../../runtime/clock.ts";
import { toTable } from "../table.ts";
import type { Received } from "./receiver.ts";
import type { Prepared, Report } from "./scenario.ts";

/** Before the first call. */
export function describePreparation({ upload, window }: Prepared, notToCall: number, isSip: boolean): string {
  const refused = upload.csvErrors.map(({ row, phone, error }) => `             row ${row} ('${phone}'): ${error}`);
  return [
    isSip
      ? "A campaign over SIP and RTP to a carrier on this machine; nobody's telephone rings.\n"
      : "A campaign through the simulated carrier; nobody's telephone rings.\n",
    `  leads      ${upload.inserted} added from examples/leads.csv, ${upload.duplicates} duplicate left out, ${refused.length} rows refused:`,
    ...refused,
    `  DNC        ${notToCall} of the numbers are on the do-not-call list and must not be called`,
    `  window     ${window.start} to ${window.end} UTC, every day`,
    "  attempts   1 each, because retries come minutes later; a campaign's own default is 3 attempts an hour apart\n",
    "",
  ].join("\n");
}

export interface Result {
  counts: Report["counts"];
  received: Received;
  elapsedMs: number;
}

/** The report as a table, and what the receiver got. */
export function describeResult({ counts, received, elapsedMs }: Result): string {
  const rows = (names: readonly string[], values: Readonly<Record<string, number>>) =>
    names.filter((name) => (values[name] ?? 0) > 0).map((name) => [name, String(values[name])]);
  return [
    "",
    toTable([["status", "leads"], ...rows(leadStatuses, counts.byStatus)]),
    toTable([["disposition of the completed", "leads"], ...rows(dispositions, counts.byDisposition)]),
    `  webhooks   ${received.events} received with both signatures genuine, ${received.forged} forged, ${received.repeats} repeated`,
    `  took       ${(elapsedMs / SECOND).toFixed(1)} s\n`,
    "",
  ].join("\n");
}

/** With --keep, after the report. */
export function describeServing({ url, key, prepared }: { url: string; key: string; prepared: Prepared }): string {
  return `
Still serving; Ctrl-C ends it and removes its folder. In another shell:

  export OUTDIAL=${url}
  export AUTH="Authorization: Bearer ${key}"
  export AGENT=${prepared.agentId} NUMBER=${prepared.phoneNumberId}
  curl -s $OUTDIAL/api/campaigns/${prepared.campaignId}/report -H "$AUTH"

`;
}
