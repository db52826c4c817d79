// Presets on the wire.

import { Type } from "typebox";
import { DAY } from "../campaigns/week.ts";
import type { HolidaysOf } from "../campaigns/window.ts";
import type { EpochMs } from "../runtime/clock.ts";
import type { Preset } from "./presets.ts";
import { otherHolidays, strictestOf } from "./strictest.ts";

const Window = Type.Object({
  weekdays: Type.Array(Type.Integer({ minimum: 0, maximum: 6 })),
  start: Type.String({ examples: ["08:00"] }),
  end: Type.String({ examples: ["21:00"] }),
});
const Holidays = Type.Object({ country: Type.String({ examples: ["FR"] }), region: Type.Optional(Type.String({ examples: ["AL"] })) });
const ContactLimit = Type.Object({ attempts: Type.Integer({ examples: [3] }), perHours: Type.Integer({ examples: [24] }) });

const PresetJson = Type.Object(
  {
    id: Type.String({ examples: ["us-federal"] }),
    name: Type.String({ examples: ["United States, federal"] }),
    windows: Type.Array(Window, { description: "by the wall clock of the person who is called" }),
    holidays: Type.Optional(Holidays),
    contactLimits: Type.Array(ContactLimit),
    restAfterConversationHours: Type.Optional(Type.Integer({ examples: [168] })),
    remarks: Type.Array(Type.String(), { description: "what a campaign's fields cannot hold" }),
    sources: Type.Array(
      Type.Object({
        where: Type.String(),
        kind: Type.Enum(["law", "secondary", "unchecked"]),
        readOn: Type.String({ examples: ["2026-11-23"] }),
        dated: Type.Optional(Type.String({ description: "what the source says of its own age" })),
      }),
    ),
  },
  { title: "CompliancePreset" },
);

const CombinedJson = Type.Object(
  {
    applied: Type.Array(Type.String({ examples: ["us-federal"] })),
    campaign: Type.Object(
      {
        schedule: Type.Object({
          timezoneMode: Type.Literal("recipient"),
          windows: Type.Array(Window),
          holidays: Type.Optional(Holidays),
          blackoutDates: Type.Optional(Type.Array(Type.String({ examples: ["2026-12-24"] }))),
        }),
        contactLimits: Type.Array(ContactLimit),
        restAfterConversationHours: Type.Optional(Type.Integer({ examples: [168] })),
      },
      { description: "the body of a PUT to a campaign" },
    ),
    remarks: Type.Array(Type.String()),
  },
  { title: "CombinedPresets" },
);

export const PresetsJson = Type.Object(
  { notice: Type.String(), presets: Type.Array(PresetJson), combined: Type.Optional(CombinedJson) },
  { title: "CompliancePresets" },
);

/**
 * The rules to paste into a campaign so that it keeps all of `presets`; undefined when they leave no hour open. A campaign
 * keeps one calendar of holidays: the days of further ones stand in `blackoutDates`, up to the end of next year.
 */
export function toCombinedJson(presets: readonly Preset[], holidaysOf: HolidaysOf, now: EpochMs) {
  const { windows, holidays, contactLimits, restAfterConversationHours } = strictestOf(presets);
  if (windows.length === 0) return undefined;
  const today = Math.floor(now / DAY);
  const untilYear = new Date(now).getUTCFullYear() + 1;
  const blackoutDates = otherHolidays(holidays, holidaysOf, today, untilYear).map((day) => new Date(day * DAY).toISOString().slice(0, 10));
  const schedule = {
    timezoneMode: "recipient" as const,
    windows,
    ...(holidays[0] === undefined ? {} : { holidays: holidays[0] }),
    ...(blackoutDates.length === 0 ? {} : { blackoutDates }),
  };
  const renew =
    blackoutDates.length === 0
      ? []
      : [`A campaign keeps one calendar of holidays; blackoutDates has the days of the others up to the end of ${untilYear}.`];
  return {
    applied: presets.map(({ id }) => id),
    campaign: { schedule, contactLimits, ...(restAfterConversationHours === undefined ? {} : { restAfterConversationHours }) },
    remarks: [...renew, ...presets.flatMap(({ name, remarks }) => remarks.map((remark) => `${name}: ${remark}`))],
  };
}
