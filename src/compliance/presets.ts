// Calling rules of some jurisdictions as data, each with where it was read and when. Help for writing a campaign's rules,
// not legal advice. Shown by routes.ts, combined by strictest.ts, printed in docs/compliance.md (compared by a test).

import type { DailyWindow, HolidayRule } from "../campaigns/window.ts";
import { unitedStates } from "./united-states.ts";

/** What everybody who looks at a preset has to read. */
export const NOTICE =
  "Presets are help for writing a campaign's rules, not legal advice: laws change, exemptions and further rules apply, and what was read in secondary sources may be wrong. Check each with somebody who knows your case.";

export interface Source {
  /** The rule, or the page. */
  where: string;
  /**
   * - `law`: the text of the law or of the regulator was read.
   * - `secondary`: a summary by somebody else was read.
   * - `unchecked`: from general knowledge; look it up before you rely on it.
   */
  kind: "law" | "secondary" | "unchecked";
  /** The day it was looked at, `YYYY-MM-DD`; `dated` is what the source says of its own age. */
  readOn: string;
  dated?: string;
}

export interface Preset {
  id: string;
  name: string;
  /** By the wall clock of the person who is called. */
  windows: readonly DailyWindow[];
  /** Whose public holidays are closed. */
  holidays?: HolidayRule;
  /** Calls to one number. */
  contactLimits: readonly { attempts: number; perHours: number }[];
  restAfterConversationHours?: number;
  /** What a campaign's fields cannot hold: consent, opt-out, retention, and where the figures are stricter than the rule. */
  remarks: readonly string[];
  sources: readonly Source[];
}

const READ_ON = "2026-11-23";
const weekdays = [1, 2, 3, 4, 5];

const france: Preset = {
  id: "fr",
  name: "France",
  windows: [
    { weekdays, start: "10:00", end: "13:00" },
    { weekdays, start: "14:00", end: "20:00" },
  ],
  holidays: { country: "FR" },
  contactLimits: [{ attempts: 4, perHours: 720 }],
  restAfterConversationHours: 1_440,
  remarks: [
    "The rest of 60 days is owed after a refusal; a campaign cannot tell a refusal from another conversation, so it rests after each.",
    "The four calls in 30 days are those of one business by all its campaigns and agents.",
    "Since 11 August 2026 the person must have opted in beforehand (unchecked).",
    "Fines go up to €75,000 for a person and €375,000 for a company.",
  ],
  sources: [
    {
      where: "Code de la consommation, art. D. 223-9 (décret n° 2022-1313 du 13 octobre 2022), legifrance.gouv.fr",
      kind: "law",
      readOn: READ_ON,
      dated: "2023-03-01",
    },
    { where: "opt-in from 11 August 2026", kind: "unchecked", readOn: READ_ON },
  ],
};

const unitedKingdom: Preset = {
  id: "gb",
  name: "United Kingdom",
  windows: [
    { weekdays, start: "08:00", end: "21:00" },
    { weekdays: [0, 6], start: "09:00", end: "21:00" },
  ],
  contactLimits: [],
  remarks: [
    "No law sets hours; these are an industry code's, which adds that many people object to calls on Sundays and bank holidays.",
    "Numbers of the Telephone Preference Service may be called only with that person's consent; recorded or synthetic voices need consent in any case.",
    "Ofcom: ring for 15 s or more; a caller who has no agent plays a message within 2 s; 3 % of live calls abandoned in 24 h is a factor of enforcement, and a number that got an abandoned call is not dialed by machine again for 72 h (details unchecked).",
  ],
  sources: [
    { where: "Ofcom, persistent misuse policy, in force 2017-03-01, ofcom.org.uk", kind: "secondary", readOn: READ_ON },
    {
      where: "DMA Direct Marketing Code of Practice 21.41, as told on callcentrehelper.com",
      kind: "secondary",
      readOn: READ_ON,
      dated: "2022-05-05",
    },
  ],
};

const india: Preset = {
  id: "in",
  name: "India",
  windows: [{ weekdays: [0, 1, 2, 3, 4, 5, 6], start: "10:00", end: "21:00" }],
  contactLimits: [],
  remarks: [
    "The regulations of 2010 forbid commercial calls from 21:00 to 09:00; under those of 2018 people choose their own hours, and operators commonly allow 10:00 to 21:00 (unchecked). The preset takes the later morning.",
    "No ten-digit numbers: the 140 series for promotion, 1600 for transactions and service.",
    "Scrub against the preference register of the operator; using an auto-dialer must be notified to the originating provider (unchecked).",
  ],
  sources: [
    { where: "TRAI regulations of 2010, as reported by indianexpress.com", kind: "secondary", readOn: READ_ON, dated: "2010" },
    {
      where: "TCCCPR 2018, second amendment of 2025, as summarised by sigmachambers.in and businesstimes",
      kind: "secondary",
      readOn: READ_ON,
      dated: "2025-02-13",
    },
    { where: "hours of the operators, notification of auto-dialers", kind: "unchecked", readOn: READ_ON },
  ],
};

const canada: Preset = {
  id: "ca",
  name: "Canada",
  windows: [
    { weekdays, start: "09:00", end: "21:30" },
    { weekdays: [0, 6], start: "10:00", end: "18:00" },
  ],
  contactLimits: [],
  remarks: [
    "A recorded or synthetic voice that sells needs express consent beforehand (ADAD rules).",
    "Scrub against a copy of the National DNCL that is 31 days old at most; honour one's own list as well.",
  ],
  sources: [
    { where: "CRTC Unsolicited Telecommunications Rules, as summarised by a carrier (northerntel)", kind: "secondary", readOn: READ_ON },
    { where: "Telecom Regulatory Policy CRTC 2009-200, crtc.gc.ca", kind: "law", readOn: READ_ON, dated: "2009-04-20" },
  ],
};

const australia: Preset = {
  id: "au",
  name: "Australia",
  windows: [
    { weekdays, start: "09:00", end: "20:00" },
    { weekdays: [6], start: "09:00", end: "17:00" },
  ],
  holidays: { country: "AU" },
  contactLimits: [],
  remarks: [
    "Telemarketing: nothing on Sundays and national public holidays. Research calls have other hours.",
    "Scrub against the Do Not Call Register.",
  ],
  sources: [{ where: "calling times of the industry standard, as told on packleader.net.au", kind: "secondary", readOn: READ_ON }],
};

/** All of them; the order is that of the docs. */
export const presets: readonly Preset[] = [...unitedStates, canada, unitedKingdom, france, india, australia];

/** By its id, as it is written in `presets`. */
export function findPreset(id: string): Preset | undefined {
  return presets.find((preset) => preset.id === id);
}
