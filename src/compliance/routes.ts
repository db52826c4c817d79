// /api/compliance/presets: the calling rules of some jurisdictions, one by one and several at once.

import { Elysia } from "elysia";
import { Type } from "typebox";
import type { HolidaysOf } from "../campaigns/window.ts";
import { invalid } from "../errors.ts";
import { document } from "../http/document.ts";
import { query } from "../http/schema.ts";
import type { Clock } from "../runtime/clock.ts";
import { PresetsJson, toCombinedJson } from "./model.ts";
import { findPreset, NOTICE, type Preset, presets } from "./presets.ts";

export interface ComplianceDependencies {
  clock: Pick<Clock, "now">;
  holidaysOf: HolidaysOf;
}

const PresetsQuery = Type.Object(
  {
    apply: Type.Optional(
      Type.String({
        maxLength: 1_000,
        description: "ids with commas between: the strictest of them, as fields of a campaign",
        examples: ["us-federal,us-fl"],
      }),
    ),
  },
  { additionalProperties: false },
);

/** Read only, and the same for everybody. */
export function complianceRoutes({ clock, holidaysOf }: ComplianceDependencies) {
  return new Elysia({ prefix: "/api/compliance" }).get(
    "/presets",
    ({ query }) => {
      const applied = query.apply?.split(",").map(readPreset);
      if (applied === undefined) return { notice: NOTICE, presets };
      const combined = toCombinedJson([...new Set(applied)], holidaysOf, clock.now());
      if (combined === undefined) throw invalid("apply", `apply is '${query.apply}'; together these leave no hour open`);
      return { notice: NOTICE, presets, combined };
    },
    {
      query: query(PresetsQuery),
      ...document({
        summary: "Calling rules of some jurisdictions, with their sources",
        description: `${NOTICE} With apply, the answer has the strictest of several as the body of a PUT to a campaign.`,
        tag: "Compliance",
        answers: { 200: PresetsJson },
      }),
    },
  );
}

function readPreset(text: string): Preset {
  const preset = findPreset(text.trim());
  if (preset === undefined)
    throw invalid("apply", `apply has '${text.trim()}'; it must be ids with commas between: ${presets.map(({ id }) => id).join(", ")}`);
  return preset;
}
