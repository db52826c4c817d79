import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { createCsvReader, type CsvRow } from "../../../src/leads/upload/csv.ts";

/** Reads `text` in pieces of `size`. */
function read(text: string, size = text.length || 1): CsvRow[] {
  const reader = createCsvReader();
  const rows: CsvRow[] = [];
  for (let start = 0; start < text.length; start += size) rows.push(...reader.read(text.slice(start, start + size)));
  return [...rows, ...reader.end()];
}

function variablesOf(text: string): object[] {
  return read(text).map((row) => ("variables" in row ? { ...row.variables } : { problem: row.problem }));
}

describe("the phone column", () => {
  for (const name of ["phone", "Phone", "PHONE_NUMBER", "phone_number", "number", "Number", "phoneNumber", "PhoneNumber", "phonenumber"]) {
    test(`may be called ${name}`, () =>
      expect(read(`first_name,${name}\nAnn,+911`)).toEqual([{ row: 2, phone: "+911", variables: { first_name: "Ann" } }]));
  }

  const bad: [header: string, why: string | RegExp][] = [
    [
      "name,city",
      "the header has no phone column; one column must be called phone, phone_number, number or phoneNumber, and the columns are 'name', 'city'",
    ],
    ["mobile", /no phone column/],
    [" phone,name", /no phone column/],
    ["phone,number", "the header has 2 phone columns, 'phone', 'number'; there must be exactly one"],
    ["phone,Phone", /2 phone columns/],
    ["+919876543210,Ann", /no phone column/],
    ["", "the first row of the CSV is empty; it must be a header with a phone column"],
    ["\n+911", "the first row of the CSV is empty; it must be a header with a phone column"],
  ];
  for (const [header, why] of bad) {
    test(`the header '${header.slice(0, 20)}' is refused`, () =>
      expect(() => read(`${header}${header === "" ? "" : "\n+911,x"}`)).toThrow(why));
  }
});

test("a first row that does not end is refused before it is all held", () => {
  expect(() => createCsvReader().read("x".repeat(10_000))).toThrow("the first row of the CSV is too long to be a header");
});

describe("the names of the other columns", () => {
  for (const name of [
    "first_name",
    "Client Name",
    "tracking-id",
    "order.id",
    "नाम",
    "prénom",
    "имя",
    "名前",
    "a1",
    "x".repeat(64),
    "__proto__",
    "constructor",
    "toString",
  ]) {
    test(`'${name.slice(0, 20)}' is a name`, () =>
      expect(Object.entries((read(`phone,${name}\n+911,v`)[0] as { variables: object }).variables)).toEqual([[name, "v"]]));
  }

  const bad: [name: string, why: string][] = [
    ["", "column 2 of the header, '', is empty; a name has 1 to 64 characters"],
    ["x".repeat(65), `column 2 of the header, '${"x".repeat(40)}…', has more than 64 characters`],
    [" name", "column 2 of the header, ' name', is not a name; names are made of letters, digits, '_', '-', '.' and single spaces inside"],
    ["name ", "is not a name"],
    ["first  name", "is not a name"],
    ["a\tb", "is not a name"],
    ["a/b", "is not a name"],
    ["{{a}}", "is not a name"],
    ["a:b", "is not a name"],
    ["😀", "is not a name"],
  ];
  for (const [name, why] of bad) test(`'${name.slice(0, 20)}' is refused`, () => expect(() => read(`phone,${name}\n+911,v`)).toThrow(why));

  test("no name may stand there twice", () => {
    expect(() => read("phone,a,b,a\n+911,1,2,3")).toThrow("the header has the column 'a' twice; every name must be its own");
  });
  test("names that differ in case are two names", () => expect(variablesOf("phone,a,A\n+911,1,2")).toEqual([{ a: "1", A: "2" }]));
  test("there may be 50 besides the phone column, and no 51", () => {
    const names = Array.from({ length: 51 }, (_, index) => `c${index}`);
    expect(read(`phone,${names.slice(0, 50).join()}\n+911`)).toHaveLength(1);
    expect(() => read(`phone,${names.join()}\n+911`)).toThrow("the header has 51 columns besides the phone column; there may be 50");
  });
});

describe("reading", () => {
  const same: CsvRow[] = [
    { row: 2, phone: "+911", variables: { name: "Ann", city: "Köln" } },
    { row: 3, phone: "+912", variables: { name: "Bob" } },
  ];
  const forms: [name: string, text: string][] = [
    ["LF", "phone,name,city\n+911,Ann,Köln\n+912,Bob,\n"],
    ["CRLF", "phone,name,city\r\n+911,Ann,Köln\r\n+912,Bob,\r\n"],
    ["line ends of both kinds", "phone,name,city\r\n+911,Ann,Köln\n+912,Bob,\r\n"],
    ["no line end at the end", "phone,name,city\n+911,Ann,Köln\n+912,Bob"],
    ["a byte order mark", "\uFEFFphone,name,city\n+911,Ann,Köln\n+912,Bob\n"],
    ["semicolons", "phone;name;city\n+911;Ann;Köln\n+912;Bob;\n"],
    ["tabs", "phone\tname\tcity\n+911\tAnn\tKöln\n+912\tBob\t\n"],
    ["quotes", '"phone","name","city"\r\n"+911","Ann","Köln"\r\n"+912","Bob",""\r\n'],
    ["quotes and semicolons", '"phone";"name";"city"\n"+911";"Ann";"Köln"\n"+912";"Bob"'],
  ];
  for (const [name, text] of forms) {
    for (const size of [1, 2, 3, 7, 1000]) test(`${name}, in pieces of ${size}`, () => expect(read(text, size)).toEqual(same));
  }

  test("a quoted cell may hold separators, quotes and line ends", () => {
    expect(variablesOf('phone,note\r\n+911,"a, b; ""c""\r\nd"\r\n')).toEqual([{ note: 'a, b; "c"\r\nd' }]);
  });
  test("a separator of another kind is text", () => expect(variablesOf("phone,note\n+911,a;b\tc")).toEqual([{ note: "a;b\tc" }]));
  test("a quote inside an unquoted cell is text", () => expect(variablesOf('phone,size\n+911,5" pipe')).toEqual([{ size: '5" pipe' }]));
  test("values are kept as they are, spaces included", () =>
    expect(variablesOf("phone,a,b\n+911, x ,007")).toEqual([{ a: " x ", b: "007" }]));
  test("an empty cell is an absent variable, and so is a missing one", () =>
    expect(variablesOf("phone,a,b,c\n+911,,x")).toEqual([{ b: "x" }]));
  test("a header alone has no rows", () => expect(read("phone,name\r\n")).toEqual([]));
  test("rows are counted as a spreadsheet does: a row with line ends is one, an empty one counts and is left out", () => {
    expect(read('phone,a\n\n+911,"x\ny"\n , \n+912,z\n\n').map(({ row, phone }) => [row, phone])).toEqual([
      [3, "+911"],
      [5, "+912"],
    ]);
  });

  test("the pieces do not matter", () => {
    const cell = fc.string({ unit: fc.constantFrom("a", "1", ",", ";", '"', "\n", "\r", " ", "é", "😀"), maxLength: 8 });
    const quoted = cell.map((text) => `"${text.replaceAll('"', '""')}"`);
    const line = fc
      .tuple(fc.constantFrom("+911", '"+912"', ""), fc.oneof(quoted, fc.constantFrom("x", "", "a b")), quoted)
      .map((cells) => cells.join(","));
    fc.assert(
      fc.property(
        fc.array(line, { maxLength: 6 }),
        fc.constantFrom("\n", "\r\n"),
        fc.integer({ min: 1, max: 20 }),
        (lines, lineEnd, size) => {
          const text = ["phone,a,b", ...lines].join(lineEnd);
          expect(read(text, size)).toEqual(read(text));
        },
      ),
      { seed: 20_260_506, numRuns: 500 },
    );
  });
});

describe("a bad row", () => {
  test("with more cells than the header is reported, and the others go in", () => {
    expect(read("phone,a\n+911,x,y\n+912,z")).toEqual([
      { row: 2, phone: "+911", problem: "the row has 3 cells, the header has 2" },
      { row: 3, phone: "+912", variables: { a: "z" } },
    ]);
  });
  test("is not one that only has empty cells too many", () => expect(variablesOf("phone,a\n+911,x,,\n")).toEqual([{ a: "x" }]));
  test("with a quote inside a quoted cell that is not doubled is reported", () => {
    expect(read('phone,a\n+911,"he said "yes" twice"\n+912,z\n')).toEqual([
      { row: 2, phone: "+911", problem: "a quoted cell goes on after its closing quote; a quote inside a cell must be doubled" },
      { row: 3, phone: "+912", variables: { a: "z" } },
    ]);
  });
});

describe("an upload that cannot be taken", () => {
  test("ends inside a quoted cell", () => {
    expect(() => read('phone,a\n+910,z\n+911,"x\n+912,y\n')).toThrow("row 3 has a quote that is not closed, or the CSV was cut off");
    expect(() => read('phone,a\n+911,"x" y\n+912,z\n')).toThrow("row 2 has a quote that is not closed, or the CSV was cut off");
    expect(() => read('"phone,a\n+911,x\n')).toThrow(/no phone column|not closed/);
  });
  test("has a broken quote that swallows rows", () => {
    expect(() => read('phone,a\n+911,"x" y\n+912,"z"\n+913,w\n')).toThrow(
      "row 2 has a quote that is not closed where it should be; what follows it cannot be told apart",
    );
  });
  test("has a cell of more than 4,000 characters, an emoji counting as one", () => {
    expect(variablesOf(`phone,a\n+911,${"😀".repeat(4_000)}`)).toHaveLength(1);
    expect(() => read(`phone,a\n+911,x\n+912,${"x".repeat(4_001)}`)).toThrow("row 3, column 2 has more than 4000 characters");
    expect(() => read(`phone,a\n+911,${"😀".repeat(4_001)}`)).toThrow("row 2, column 2 has more than 4000 characters");
    expect(() => read(`phone,a\n${"9".repeat(4_001)},x`)).toThrow("row 2, column 1 has more than 4000 characters");
  });
  test("has a row that does not end: it is refused before it is all held", () => {
    const reader = createCsvReader();
    reader.read('phone,a\n+911,"');
    expect(() => {
      for (let piece = 0; piece < 100; piece += 1) reader.read("x\n".repeat(16_384));
    }).toThrow("row 2 does not end where it should; is a quote not closed?");
  });
});
