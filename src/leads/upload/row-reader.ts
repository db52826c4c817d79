// From the rows of an upload to leads: number, zones, and what the columns say. Used by import.ts.

import type { CampaignRow } from "../../campaigns/store.ts";
import type { NewId } from "../../runtime/ids.ts";
import { readColumns } from "./columns.ts";
import type { CsvRow } from "./csv.ts";
import { parsePhoneNumber } from "../phone-number.ts";
import type { StagedLead } from "./waiting-rows.ts";
import type { ZonesOf } from "../zones.ts";

/** A row that was not taken; `phone` is what stood there. */
export interface RowProblem {
  row: number;
  phone: string;
  error: string;
}

/** What the campaign and the appliance say about every row. */
export interface RowRules {
  newId: NewId;
  zonesOf: ZonesOf;
  /** Of a number without a country code; such a number is refused without it. */
  defaultCountry: string | undefined;
  /** The hours are the recipients' own: a zone that cannot be read is no small thing. */
  needsZone: boolean;
}

/** Whether the campaign keeps its hours by the clocks of those it calls. */
export function keepsRecipientsHours(campaign: Pick<CampaignRow, "schedule">): boolean {
  return (JSON.parse(campaign.schedule) as { timezoneMode?: string }).timezoneMode === "recipient";
}

const LONGEST_PHONE_SHOWN = 64;

/** Reads one row; the identifiers grow with the rows. */
export function readRow(entry: CsvRow, rules: RowRules): StagedLead | RowProblem {
  const problem = (error: string) => ({ row: entry.row, phone: entry.phone.slice(0, LONGEST_PHONE_SHOWN), error });
  if ("problem" in entry) return problem(entry.problem);
  const parsed = parsePhoneNumber(entry.phone, rules.defaultCountry);
  if ("problem" in parsed) return problem(parsed.problem);
  const fields = entry.fields ?? readColumns(entry.variables, rules.needsZone);
  if ("problem" in fields) return problem(fields.problem);
  const { number } = parsed;
  return {
    id: rules.newId("ld"),
    row: entry.row,
    phoneNumber: number,
    variables: JSON.stringify(entry.variables),
    ...fields,
    zones: rules.zonesOf(number, fields.timezone),
  };
}
