// The presets hold together, and docs/compliance.md says the same. UPDATE_DOCS=1 writes the table anew.

import { describe, expect, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { createHolidayCalendar } from "../../src/campaigns/holidays.ts";
import { weekOf } from "../../src/campaigns/week.ts";
import { findPreset, NOTICE, type Preset, presets, type Source } from "../../src/compliance/presets.ts";

describe("every preset", () => {
  const { problemOf } = createHolidayCalendar();
  test.each(presets.map((preset) => [preset.id, preset] as const))(
    "%s has hours, known holidays, fields that a campaign takes, and a source with a date",
    (_id, preset) => {
      const week = weekOf({ timezone: "UTC", windows: preset.windows });
      expect(week.length).toBeGreaterThan(0);
      for (const { start, end, weekdays } of preset.windows) {
        expect(start < end && /^\d\d:\d\d$/.test(start) && /^\d\d:\d\d$/.test(end)).toBe(true);
        expect(new Set(weekdays).size).toBe(weekdays.length);
      }
      expect(preset.holidays === undefined || problemOf(preset.holidays) === undefined).toBe(true);
      for (const { attempts, perHours } of preset.contactLimits)
        expect([attempts >= 1 && attempts <= 100, perHours >= 1 && perHours <= 8_760]).toEqual([true, true]);
      expect(preset.sources.length).toBeGreaterThan(0);
      for (const source of preset.sources) expect(source.readOn).toMatch(/^\d{4}-\d{2}-\d{2}$/);
    },
  );

  test("has an id of its own, by which it is found", () => {
    expect(new Set(presets.map(({ id }) => id)).size).toBe(presets.length);
    expect(findPreset("us-fl")?.name).toBe("United States, Florida");
    expect(findPreset("atlantis")).toBeUndefined();
  });

  test("a state is never laxer than the federal rule", () => {
    const federal = weekOf({ timezone: "UTC", windows: findPreset("us-federal")?.windows ?? [] });
    for (const { id, windows } of presets.filter(({ id }) => id.startsWith("us-"))) {
      const outside = weekOf({ timezone: "UTC", windows }).filter(
        ({ from, to }) => !federal.some((open) => open.from <= from && to <= open.to),
      );
      expect([id, outside]).toEqual([id, []]);
    }
  });
});

const days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];

function hours({ windows }: Preset): string {
  const named = windows.map(({ weekdays, start, end }) => {
    const label =
      weekdays.length === 7
        ? "daily"
        : weekdays.join() === "1,2,3,4,5"
          ? "Mon–Fri"
          : weekdays.join() === "1,2,3,4,5,6"
            ? "Mon–Sat"
            : weekdays.join() === "0,6"
              ? "Sat, Sun"
              : weekdays.map((day) => days[day]).join(", ");
    return `${label} ${start}–${end}`;
  });
  return named.join("; ");
}

function limits({ contactLimits, restAfterConversationHours }: Preset): string {
  const calls = contactLimits.map(({ attempts, perHours }) => `${attempts} per ${perHours} h`);
  const rest = restAfterConversationHours === undefined ? [] : [`${restAfterConversationHours} h of rest after a conversation`];
  return [...calls, ...rest].join("; ") || "–";
}

const marks: Record<Source["kind"], string> = { law: "law", secondary: "*secondary*", unchecked: "**unchecked**" };

/** As docs/compliance.md has it between its marks. */
function table(): string {
  const head = ["| id | who | hours of the person called | closed on | calls to one number |", "|---|---|---|---|---|"];
  const rows = presets.map((preset) => {
    const closed =
      preset.holidays === undefined
        ? "–"
        : `public holidays of ${[preset.holidays.country, preset.holidays.region].filter(Boolean).join("-")}`;
    return `| \`${preset.id}\` | ${preset.name} | ${hours(preset)} | ${closed} | ${limits(preset)} |`;
  });
  const notes = presets.map((preset) => {
    const sources = preset.sources.map(
      ({ where, kind, readOn, dated }) =>
        `${where} (${[marks[kind], dated === undefined ? [] : `of ${dated}`, `read ${readOn}`].flat().join(", ")})`,
    );
    return [`### ${preset.name}`, "", ...preset.remarks.map((remark) => `- ${remark}`), `- Sources: ${sources.join("; ")}.`, ""].join("\n");
  });
  return [...head, ...rows, "", ...notes].join("\n").trimEnd();
}

describe("docs/compliance.md", () => {
  const path = "docs/compliance.md";
  const between = /(<!-- presets -->\n)([^]*?)(\n<!-- end of presets -->)/;

  test("has the presets, word for word", () => {
    const text = readFileSync(path, "utf8");
    if (process.env.UPDATE_DOCS === "1")
      writeFileSync(
        path,
        text.replace(between, (_all, before: string, _old: string, after: string) => `${before}${table()}${after}`),
      );
    expect(between.exec(readFileSync(path, "utf8"))?.[2]).toBe(table());
  });

  test("says that it is no legal advice", () => expect(readFileSync(path, "utf8").replaceAll("\n", " ")).toContain(NOTICE));
});
