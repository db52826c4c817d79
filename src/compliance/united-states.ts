// The United States: what federal rules say, and the states that are stricter. Data; presets.ts lists it.

import type { Preset, Source } from "./presets.ts";

const READ_ON = "2026-11-23";
const everyDay = [0, 1, 2, 3, 4, 5, 6];
const mondayToSaturday = [1, 2, 3, 4, 5, 6];
const daily = (start: string, end: string, weekdays: readonly number[] = everyDay) => [{ weekdays, start, end }];

const threeADay = [{ attempts: 3, perHours: 24 }];

const tables: readonly Source[] = [
  { where: "dropcowboy.com/state-compliance", kind: "secondary", readOn: READ_ON, dated: "2025-11-01" },
  { where: "blog.clickpointsoftware.com, calling hours by state", kind: "secondary", readOn: READ_ON, dated: "2025-07" },
];

const federal: Preset = {
  id: "us-federal",
  name: "United States, federal",
  windows: daily("08:00", "21:00"),
  contactLimits: [],
  remarks: [
    "A synthetic voice is an artificial one: prior express consent, written for marketing; say who calls at the start, offer an automated opt-out within 2 s after that, and end the call and record the wish at once.",
    "Scrub against a copy of the national list that is 31 days old at most; honour a revocation by any reasonable means within 10 business days.",
    "Of calls that a person answers, 3 % at most may be abandoned (no agent within 2 s) per campaign and 30 days; ring for 15 s or four times.",
    "Keep records of calls, scripts, consent and do-not-call requests for five years (the number of years unchecked).",
  ],
  sources: [
    { where: "TCPA, 47 CFR 64.1200(c)(1), (a)(7), (a)(10)", kind: "law", readOn: READ_ON },
    { where: "TSR, 16 CFR 310.4(c); 89 FR 26760", kind: "law", readOn: READ_ON, dated: "2024-04-16" },
    { where: "FCC 24-17 on AI voices, as summarised by natlawreview.com", kind: "secondary", readOn: READ_ON, dated: "2024-02-08" },
  ],
};

const debt: Preset = {
  id: "us-reg-f",
  name: "United States, debt collection (Regulation F)",
  windows: daily("08:00", "21:00"),
  contactLimits: [{ attempts: 7, perHours: 168 }],
  restAfterConversationHours: 168,
  remarks: [
    "The limits are for each debt and are presumptions: more than 7 calls in 7 days, or a call within 7 days after a conversation, speaks against the caller.",
    "Hours from 12 CFR 1006.6(b) (unchecked). Calls within 7 days after a direct consent do not count.",
  ],
  sources: [
    { where: "12 CFR 1006.14(b), consumerfinance.gov", kind: "law", readOn: READ_ON, dated: "2026-06-20" },
    { where: "12 CFR 1006.6(b)", kind: "unchecked", readOn: READ_ON },
  ],
};

/** A state for which there are the tables and nothing better. */
function state(id: string, name: string, windows: Preset["windows"], more: Partial<Preset> = {}): Preset {
  return { id: `us-${id}`, name: `United States, ${name}`, windows, contactLimits: [], remarks: [], sources: tables, ...more };
}

/** Closed on the state's public holidays, as the calendar knows them. */
function holidaysOf(region: string): Pick<Preset, "holidays"> {
  return { holidays: { country: "US", region } };
}

const states: readonly Preset[] = [
  state("al", "Alabama", daily("08:00", "20:00", mondayToSaturday), holidaysOf("AL")),
  state("ct", "Connecticut", daily("09:00", "20:00"), {
    remarks: ["One of the two tables says 21:00; the preset takes the earlier evening."],
  }),
  state("fl", "Florida", daily("08:00", "20:00"), {
    contactLimits: threeADay,
    remarks: ["Three calls in 24 hours on one subject. A Florida area code is presumed to be a Florida resident."],
    sources: [{ where: "Fla. Stat. 501.616(6); CS for SB 1120 of 2021, flsenate.gov", kind: "law", readOn: READ_ON }, ...tables],
  }),
  state("ky", "Kentucky", daily("10:00", "21:00")),
  state("la", "Louisiana", daily("08:00", "20:00", mondayToSaturday), {
    ...holidaysOf("LA"),
    remarks: [
      "The Public Service Commission keeps a list of its own, and the governor may declare further holidays: put them into blackoutDates.",
    ],
  }),
  state("ma", "Massachusetts", daily("08:00", "20:00")),
  state("md", "Maryland", daily("08:00", "20:00"), {
    contactLimits: threeADay,
    remarks: ["The limit is like Florida's (unchecked)."],
    sources: [...tables, { where: "the limit of three calls", kind: "unchecked", readOn: READ_ON }],
  }),
  state("mi", "Michigan", daily("09:00", "21:00")),
  state("mn", "Minnesota", daily("09:00", "21:00")),
  state("nm", "New Mexico", daily("09:00", "21:00")),
  state("nv", "Nevada", daily("09:00", "20:00")),
  state("ok", "Oklahoma", daily("08:00", "20:00"), {
    contactLimits: threeADay,
    remarks: ["Three calls in 24 hours on one subject."],
    sources: [
      {
        where: "Okla. Stat. tit. 15, § 775C.4, as told on blog.clickpointsoftware.com",
        kind: "secondary",
        readOn: READ_ON,
        dated: "2025-07",
      },
      ...tables,
    ],
  }),
  state("ri", "Rhode Island", daily("09:00", "18:00", [1, 2, 3, 4, 5]), {
    ...holidaysOf("RI"),
    remarks: ["Saturdays are closed here; a shorter day may be allowed."],
  }),
];

/** Federal rules first, then the states by name. */
export const unitedStates: readonly Preset[] = [federal, debt, ...states];
