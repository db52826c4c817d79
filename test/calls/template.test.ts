import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { filterNames, problemsOf, renderTemplate, type TemplateValues, variablesOf } from "../../src/calls/template.ts";

const values: TemplateValues = {
  first_name: "Asha",
  "Client Name": "Asha Rao",
  "user.email": "exact@example.com",
  user: { email: "nested@example.com", city: "Pune", plan: { name: "Gold" } },
  नाम: "आशा",
  blank: "  ",
  empty: "",
  zero: 0,
  vip: false,
  nothing: null,
  tags: ["a", "b"],
};

describe("renderTemplate", () => {
  const cases: [template: string, text: string][] = [
    ["Hello {{first_name}}!", "Hello Asha!"],
    ["{{first_name}}{{first_name}}", "AshaAsha"],
    ["{{   first_name\t}}", "Asha"],
    ["{{\nfirst_name\n}}", "Asha"],
    ["{{Client Name}}", "Asha Rao"],
    ["{{नाम}}", "आशा"],
    // The exact key first, then the path.
    ["{{user.email}}", "exact@example.com"],
    ["{{user.city}}", "Pune"],
    ["{{user.plan.name}}", "Gold"],
    ["{{user.plan}}", '{"name":"Gold"}'],
    ["{{tags}} {{tags.1}}", '["a","b"] b'],
    ["{{zero}} {{vip}}", "0 false"],
    // Missing is empty.
    ["[{{unknown}}]", "[]"],
    ["[{{nothing}}]", "[]"],
    ["[{{user.phone}}]", "[]"],
    ["[{{first_name.length}}]", "[]"],
    ["[{{user..city}}]", "[]"],
    ["[{{FIRST_NAME}}]", "[]"],
    // Filters, from left to right.
    ["{{first_name|upper}}", "ASHA"],
    ["{{ first_name | lower }}", "asha"],
    ["[{{ blank | trim }}]", "[]"],
    ['{{ unknown | default:"you" }}', "you"],
    ['{{ unknown | default : "you" | upper }}', "YOU"],
    ['{{ first_name | default:"you" }}', "Asha"],
    ['{{ empty | default:"you" }}', "you"],
    ['{{ zero | default:"many" }}', "0"],
    ['{{ blank | default:"you" }}', "  "],
    ['{{ blank | trim | default:"you" }}', "you"],
    ['{{ unknown | default:"" }}', ""],
    ['{{ unknown | default:"a \\"b\\" \\\\ c" }}', 'a "b" \\ c'],
    ['{{ unknown | default:"}} | {{first_name}}" }}', "}} | {{first_name}}"],
    // An unknown filter changes nothing.
    ["{{ first_name | shout | upper }}", "ASHA"],
    ["{{ first_name | constructor }}", "Asha"],
    ['{{ first_name | truncate:"3" }}', "Asha"],
    // Malformed tags stay as they are.
    ["{{}}", "{{}}"],
    ["{{ }}", "{{ }}"],
    ["{{first_name", "{{first_name"],
    ["{{first_name}", "{{first_name}"],
    ["{first_name}", "{first_name}"],
    ["{{first  name}}", "{{first  name}}"],
    ["{{first_name|}}", "{{first_name|}}"],
    ["{{first_name|default}}", "{{first_name|default}}"],
    ["{{first_name|default:you}}", "{{first_name|default:you}}"],
    ["{{first_name|default:'you'}}", "{{first_name|default:'you'}}"],
    ['{{first_name|default:"you}}', '{{first_name|default:"you}}'],
    ['{{first_name|upper:"x"}}', '{{first_name|upper:"x"}}'],
    ["{{a b | upper lower}}", "{{a b | upper lower}}"],
    ["{{#if x}}{{first_name}}{{/if}}", "{{#if x}}Asha{{/if}}"],
    ["{{{first_name}}}", "{Asha}"],
    ["{{ {{first_name}} }}", "{{ Asha }}"],
    ["no tags at all", "no tags at all"],
    ["", ""],
  ];
  test.each(cases)("%j becomes %j", (template, text) => expect(renderTemplate(template, values)).toBe(text));

  test.each(["__proto__", "constructor", "toString", "hasOwnProperty", "user.__proto__", "user.constructor.name", "tags.constructor"])(
    "%s is missing unless somebody brought it",
    (name) => {
      expect(renderTemplate(`[{{${name}}}]`, values)).toBe("[]");
    },
  );

  test.each(["__proto__", "constructor"])("a value that is called %s is a value like any other", (name) => {
    const brought = JSON.parse(`{ "${name}": "mine" }`) as TemplateValues;
    expect(renderTemplate(`{{${name}}}`, brought)).toBe("mine");
    expect(renderTemplate(`{{${name}}}`, { ...brought })).toBe("mine");
  });

  const anyText = fc.oneof(fc.string(), fc.string({ unit: fc.constantFrom("{", "}", "|", '"', "\\", " ", "a", "$", "&", "1", ":") }));

  test("a value never becomes part of the template, whatever is in it", () => {
    fc.assert(
      fc.property(anyText, anyText, anyText, (a, b, around) => {
        const plain = around.replaceAll("{{", "");
        const rendered = renderTemplate(`\n{{a}}\n${plain}\n{{ b | default:"-" }}\n`, { a, b });
        expect(rendered).toBe(`\n${a}\n${plain}\n${b === "" ? "-" : b}\n`);
      }),
    );
  });

  test("a text without an opening stays as it is, however often it is rendered", () => {
    fc.assert(
      fc.property(anyText, fc.dictionary(fc.string(), fc.jsonValue()), (text, some) => {
        const plain = text.replaceAll("{{", "{ {");
        expect(renderTemplate(renderTemplate(plain, some), some)).toBe(plain);
      }),
    );
  });

  test("nothing that anybody writes makes it throw or hang", () => {
    const tagLike = fc
      .array(fc.constantFrom("{{", "}}", "{", "}", "|", "default", ':"', '"', "\\", " ", "name", "upper", "."), { maxLength: 200 })
      .map((parts) => parts.join(""));
    fc.assert(
      fc.property(tagLike, (template) => {
        expect(typeof renderTemplate(template, values)).toBe("string");
        expect(Array.isArray(problemsOf(template))).toBe(true);
      }),
    );
  });

  test.each([
    ["{{", 50_000],
    ["{{a ", 25_000],
    ['{{a|default:"', 8_000],
    ["{{a|upper ", 10_000],
    ["{{a" + " ".repeat(1_000), 100],
  ])("100,000 characters of %j are read in well under a second", (piece, times) => {
    const template = piece.repeat(times);
    const startedAt = performance.now();
    renderTemplate(template, values);
    problemsOf(template);
    expect(performance.now() - startedAt).toBeLessThan(1_000);
  });
});

describe("variablesOf", () => {
  test.each([
    ["Hello", []],
    [
      "{{a}} {{b.c}} {{a}}",
      [
        { name: "a", hasDefault: false },
        { name: "b.c", hasDefault: false },
      ],
    ],
    ['{{a|default:"x"}}', [{ name: "a", hasDefault: true }]],
    ['{{a|trim|default:"x"|upper}}', [{ name: "a", hasDefault: true }]],
    // One tag without a default can come out empty.
    ['{{a|default:"x"}} {{a}}', [{ name: "a", hasDefault: false }]],
    ['{{a}} {{a|default:"x"}}', [{ name: "a", hasDefault: false }]],
    ["{{a|default}} {{b", []],
    ["{{constructor}}", [{ name: "constructor", hasDefault: false }]],
  ])("%j has %j", (template, variables) => expect(variablesOf(template)).toEqual(variables));

  test("names what rendering looks up, and nothing else", () => {
    const name = fc.stringMatching(/^[a-z_]{1,8}(\.[a-z]{1,4})?$/);
    fc.assert(
      fc.property(fc.array(name, { maxLength: 8 }), (names) => {
        const template = names.map((each) => `{{${each}}}`).join(" and ");
        expect(variablesOf(template).map((variable) => variable.name)).toEqual([...new Set(names)]);
      }),
    );
  });
});

describe("problemsOf", () => {
  test.each([
    ["{{a}} {{ b | upper }}", []],
    ["{{}}", [{ tag: "{{}}" }]],
    ["x {{a y", [{ tag: "{{a y" }]],
    ["{{a|default}}", [{ tag: "{{a|default}}" }]],
    ["{{a|shout}}", [{ tag: "{{a|shout}}", unknownFilter: "shout" }]],
    [
      "{{a|shout|trim|cry}}",
      [
        { tag: "{{a|shout|trim|cry}}", unknownFilter: "shout" },
        { tag: "{{a|shout|trim|cry}}", unknownFilter: "cry" },
      ],
    ],
    ["{{{a}}}", []],
    ["{{{{ a b  c", [{ tag: "{{ a b  c" }]],
    ["{{#if}}{{a}}{{/if}}", [{ tag: "{{#if}}" }, { tag: "{{/if}}" }]],
    [`{{ ${"long ".repeat(30)}`, [{ tag: `{{ ${"long ".repeat(30)}`.slice(0, 60) + "…" }]],
    ["} }} }}", []],
  ])("of %j are %j", (template, problems) => expect(problemsOf(template)).toEqual(problems));

  test("the filters are those of the contract", () => expect(filterNames).toEqual(["upper", "lower", "trim", "default"]));
});
