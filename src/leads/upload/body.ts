// From the three bodies of an upload to batches of rows, a bounded piece at a time. Used by leads/routes.ts, read by import.ts.

import { isTimeZone } from "../../campaigns/zone.ts";
import { AppError, invalid } from "../../errors.ts";
import { readInstant } from "../../http/instants.ts";
import type { LeadFields } from "./columns.ts";
import { createCsvReader, CsvError, type CsvRow } from "./csv.ts";
import type { LeadUpload } from "../model.ts";
import { checkVariables } from "../variable-check.ts";
import { isLongerThan, MAX_VALUE_CHARACTERS } from "../variables.ts";

/** Read in one go; between two of them others get their turn. The first of a list are shorter: code that runs for the first time is slow. */
const PIECE_BYTES = 16 * 1024;
const FIRST_PIECE_BYTES = 1024;
const BATCH_LEADS = 500;

const NOTHING_KEPT = "nothing of this upload was kept";

/** How long each piece of a list may be, the first one first. */
function growingPieces(): () => number {
  let length = FIRST_PIECE_BYTES / 2;
  return () => (length = Math.min(PIECE_BYTES, length * 2));
}

/** An upload streamed as text/csv. `declaredBytes` is its content-length, when it has one; `aftermath` ends every refusal. */
export async function* readCsvStream(
  stream: AsyncIterable<Uint8Array>,
  declaredBytes: number | undefined,
  aftermath = NOTHING_KEPT,
): AsyncGenerator<CsvRow[]> {
  const reader = createCsvReader();
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let bytes = 0;
  const nextLength = growingPieces();
  try {
    for await (const chunk of stream) {
      bytes += chunk.byteLength;
      for (let start = 0, end = 0; start < chunk.byteLength; start = end) {
        end = start + nextLength();
        yield reader.read(decoder.decode(chunk.subarray(start, end), { stream: true }));
      }
    }
    if (declaredBytes !== undefined && bytes !== declaredBytes) {
      throw new AppError("validation_failed", `the body ended after ${bytes} bytes, its content-length is ${declaredBytes}; ${aftermath}`);
    }
    yield reader.read(decoder.decode());
    yield reader.end();
  } catch (error) {
    throw refusalOf(error, aftermath);
  }
}

/** A CSV inside a JSON body. */
export async function* readCsvText(text: string): AsyncGenerator<CsvRow[]> {
  const reader = createCsvReader();
  try {
    const nextLength = growingPieces();
    for (let start = 0, end = 0; start < text.length; start = end) {
      end = start + nextLength();
      yield reader.read(text.slice(start, end));
    }
    yield reader.end();
  } catch (error) {
    throw refusalOf(error, NOTHING_KEPT);
  }
}

/** Leads of a JSON body: `row` is the place in the list, from 1. A wrong name or value refuses the whole body. */
export async function* readList(leads: NonNullable<LeadUpload["leads"]>): AsyncGenerator<CsvRow[]> {
  const placeOf = new Map<string, number>();
  for (let start = 0; start < leads.length; start += BATCH_LEADS) {
    yield leads.slice(start, start + BATCH_LEADS).map((lead, index) => {
      const path = `leads.${start + index}`;
      if (lead.externalId !== undefined) {
        const first = placeOf.get(lead.externalId);
        if (first !== undefined)
          throw invalid(`${path}.externalId`, `${path}.externalId is '${lead.externalId}', as in leads.${first}; each may be there once`);
        placeOf.set(lead.externalId, start + index);
      }
      return {
        row: start + index + 1,
        phone: lead.phoneNumber,
        variables: checkVariables(lead.variables ?? {}, `${path}.variables`),
        fields: fieldsOf(lead, path),
      };
    });
  }
}

function fieldsOf(
  { externalId, priority, timezone, notBefore, consent }: NonNullable<LeadUpload["leads"]>[number],
  path: string,
): LeadFields {
  if (timezone !== undefined) requireZone(`${path}.timezone`, timezone);
  return {
    ...(externalId === undefined ? {} : { externalId }),
    ...(priority === undefined ? {} : { priority }),
    ...(timezone === undefined ? {} : { timezone }),
    ...(notBefore === undefined ? {} : { notBefore: readInstant(`${path}.notBefore`, notBefore) }),
    ...(consent === undefined ? {} : { consent: consentText(consent, `${path}.consent`) }),
  };
}

/** Throws a 400 about `path`. */
export function requireZone(path: string, zone: string): void {
  if (!isTimeZone(zone)) throw invalid(path, `${path} is '${zone}'; it must be an IANA time zone, such as Asia/Kolkata`);
}

function consentText(consent: unknown, path: string): string {
  const text = JSON.stringify(consent);
  if (isLongerThan(text, MAX_VALUE_CHARACTERS)) throw invalid(path, `${path} has more than ${MAX_VALUE_CHARACTERS} characters as JSON`);
  return text;
}

/** What went wrong while a body was read, in the caller's words. */
function refusalOf(error: unknown, aftermath: string): unknown {
  if (error instanceof CsvError) return new AppError("validation_failed", `${error.message}; ${aftermath}`);
  if (!(error instanceof Error) || error instanceof AppError) return error;
  // Bun's words for the three ways in which a stream fails: none of them has a code of its own.
  if (error.name === "AbortError") return new AppError("validation_failed", `the body was cut off; ${aftermath}`);
  if (error.message.includes("maxRequestBodySize")) return new AppError("body_too_large", `the body is too large; ${aftermath}`);
  if (error instanceof TypeError && (error as { code?: unknown }).code === "ERR_ENCODING_INVALID_ENCODED_DATA") {
    return new AppError("validation_failed", `the CSV is not UTF-8; save it as UTF-8 and send it again, ${aftermath}`);
  }
  return error;
}
