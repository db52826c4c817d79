// When a person asked not to be called again, and when it only sounds like it.

import { describe, expect, test } from "bun:test";
import { optOutIn, sentenceThatOptsOut } from "../../../src/calls/outcome/opt-out.ts";

const wishes: Record<string, readonly string[]> = {
  English: [
    "Don't call me again.",
    "Do not call me again",
    "DON’T EVER CALL ME AGAIN!",
    "please do not call me anymore",
    "Please don't call me any more, thank you",
    "Don't call this number again",
    "Do not contact us again.",
    "I told you, don't call me again",
    "Never call me again",
    "Stop calling me",
    "Please stop calling me!",
    "Can you please stop calling me?",
    "Could you stop calling this number?",
    "I want you to stop calling me",
    "Stop calling.",
    "Quit calling me",
    "Don't call me.",
    "Please don't call me, thanks",
    "Take me off your list",
    "take me off of your calling list please",
    "Take my number off your list right now",
    "Remove me from your list",
    "Please remove my number from your database",
    "Remove my number",
    "Delete my number please",
    "Put me on your do-not-call list",
    "Unsubscribe",
    "unsubscribe me please",
    "I want to opt out",
    "I'd like to be removed from this list",
    "I don't want any more calls",
    "No more calls please",
    "I don't want you to call me again",
    "Not interested, don't call me again.",
    "Lose my number.",
    "You need to take me off this list",
    "I don't want you calling me anymore",
    "No, stop calling me",
    "Yes this is him and please stop calling me",
  ],
  Spanish: [
    "No me llame más",
    "No me llamen más, por favor",
    "¡No me vuelva a llamar!",
    "no vuelvan a llamarme",
    "Deje de llamarme",
    "Dejen de llamar a este número",
    "Por favor deje de llamarme",
    "¿Puede dejar de llamarme?",
    "Bórreme de la lista",
    "Quíteme de su lista por favor",
    "Elimine mi número",
    "Nunca más me llame",
    "No quiero más llamadas",
    "No quiero que me llamen más",
    "Sáqueme de su lista de contactos",
    "No me llames nunca más",
    "Quita mi número de tu lista",
  ],
  French: [
    "Ne m'appelez plus",
    "Ne m’appelez plus jamais !",
    "M'appelez plus",
    "Arrêtez de m'appeler",
    "Arrêtez de me téléphoner s'il vous plaît",
    "Retirez-moi de votre liste",
    "Enlevez mon numéro de vos fichiers",
    "Merci de ne plus m'appeler",
    "Veuillez ne plus me contacter",
    "Je ne veux plus être appelé",
    "Cessez de m'appeler",
    "Ne me rappelez plus",
    "Supprimez mon numéro",
    "Pouvez-vous arrêter de m'appeler ?",
    "Je ne veux plus recevoir d'appels",
    "Arrêtez d'appeler ici",
    "Vous pouvez me retirer de votre liste",
  ],
  German: [
    "Rufen Sie mich nicht mehr an",
    "Rufen Sie mich bitte nie wieder an!",
    "Bitte rufen Sie mich nicht mehr an",
    "Rufen Sie hier nicht mehr an",
    "Streichen Sie mich von der Liste",
    "Nehmen Sie mich bitte von Ihrer Liste",
    "Löschen Sie meine Nummer",
    "Hören Sie auf, mich anzurufen",
    "Ich möchte nicht mehr angerufen werden",
    "Ich will keine Anrufe mehr",
    "Ruf mich nie wieder an",
    "Rufen Sie nie wieder an",
    "Entfernen Sie mich aus Ihrer Datenbank",
    "Ich möchte, dass Sie mich nicht mehr anrufen",
  ],
  Portuguese: [
    "Não me ligue mais",
    "Não me liguem mais, por favor",
    "Pare de ligar",
    "Pare de me ligar!",
    "Parem de ligar para mim",
    "Me tire da lista",
    "Tire meu número da sua lista",
    "Remova meu número",
    "Não ligue mais para mim",
    "Nunca mais me ligue",
    "Não quero mais receber ligações",
    "Não quero mais ligações",
    "Não me ligue de novo",
    "Me tira da lista por favor",
  ],
  "Hindi in Latin letters": [
    "mujhe call mat karo",
    "Mujhe dobara call mat karna",
    "dobara phone mat karna",
    "phone karna band karo",
    "Call karna band kar do",
    "mera number list se hata do",
    "mujhe phone mat kijiye please",
    "aage se call mat kariye",
    "Please mujhe phir se call mat karna",
    "list se mera number nikal dijiye",
    "call mat karo",
    "Is number par call mat karo",
  ],
  "Hindi in Devanagari": [
    "कॉल मत करो",
    "मुझे कॉल मत करो",
    "दोबारा फोन मत करना",
    "दोबारा फ़ोन मत करना।",
    "फोन करना बंद करो",
    "मेरा नंबर लिस्ट से हटा दो",
    "मुझे दोबारा कॉल मत कीजिए",
    "आगे से फोन मत कीजिएगा",
    "मुझे फिर से कॉल ना करें",
    "मेरा नंबर हटा दीजिए",
  ],
  Italian: [
    "Non mi chiami più",
    "Non mi chiamate più!",
    "Per favore non mi chiami più",
    "Non mi chiami mai più",
    "Smetta di chiamarmi",
    "Smettetela di chiamarmi",
    "Mi tolga dalla lista",
    "Mi cancelli dal vostro elenco",
    "Cancelli il mio numero",
    "Non voglio più ricevere telefonate",
    "Toglietemi dalla lista",
    "Non voglio più essere chiamato",
    "Può smetterla di chiamarmi?",
    "La prego di non chiamarmi più",
  ],
};

const others: Record<string, readonly string[]> = {
  "about the time": [
    "Don't call me before 5",
    "Don't call me again before five",
    "Please don't call me at work",
    "Don't call me now",
    "Don't call me. I'm driving.",
    "Don't call me again until next week",
    "Stop calling me during my meetings",
    "Don't call me today",
    "Don't call me on weekends",
    "Please do not call me after 8pm",
    "Don't call me back, I'll call you",
    "Stop calling me at night",
    "Don't call me so late",
    "Don't call me again today",
    "Stop calling me three times",
    "No me llame antes de las cinco",
    "No me llame más tarde",
    "No me llamen los domingos",
    "No me llame ahora, estoy manejando",
    "Deje de llamarme por la noche",
    "No me llame más temprano de las ocho",
    "Ne m'appelez pas avant 17 heures",
    "Ne m'appelez plus tard que 20 heures",
    "Ne m'appelez plus le soir",
    "Arrêtez de m'appeler au travail",
    "Rufen Sie mich nicht vor fünf an",
    "Rufen Sie mich bitte nicht mehr abends an",
    "Rufen Sie mich nicht mehr bei der Arbeit an",
    "Rufen Sie mich heute nicht mehr an",
    "Não me ligue antes das 5",
    "Não me ligue mais tarde",
    "Não me ligue mais à noite",
    "Pare de me ligar no trabalho",
    "abhi call mat karo",
    "mujhe abhi phone mat karo",
    "mujhe subah call mat karo",
    "paanch baje se pehle call mat karna",
    "Mujhe office mein call mat karo",
    "अभी कॉल मत करो",
    "मुझे सुबह फोन मत करना",
    "पांच बजे से पहले कॉल मत करना",
    "Non mi chiami prima delle cinque",
    "Non mi chiami più tardi",
    "Non mi chiamate più la sera",
    "Smetta di chiamarmi al lavoro",
  ],
  "about somebody else, or the contrary": [
    "My friends don't call me anymore",
    "They never stop calling me",
    "You don't call me again and again like the others do",
    "Why don't you call me again?",
    "If you don't call me again I will be sad",
    "He won't stop calling me",
    "I never said don't call me again",
    "I don't want you to stop calling me",
    "My son does not call me any more",
    "Did I ask you to stop calling me?",
    "I can't stop calling her",
    "The doctor told her to stop calling them",
    "Mi hijo ya no me llama más",
    "¿Por qué no me llama más?",
    "No quiero que dejen de llamarme",
    "Nunca me llaman",
    "Il ne m'appelle plus",
    "Mon fils ne m'appelle plus",
    "Pourquoi vous ne m'appelez plus ?",
    "Warum rufen Sie mich nicht mehr an?",
    "Rufen Sie mich nicht mehr an?",
    "Meine Kinder rufen mich nicht mehr an",
    "Meu filho não me liga mais",
    "Por que não me liga mais?",
    "Não quero que parem de me ligar",
    "wo mujhe call nahi karta",
    "call mat kato",
    "phone mat rakhna",
    "वो मुझे कॉल नहीं करता",
    "फोन मत रखना",
    "कॉल मत काटो",
    "Perché non mi chiami più?",
    "Mio figlio non mi chiama più",
  ],
  "about names, lists and numbers": [
    "Don't call me sir",
    "Don't call me a liar",
    "Don't call me that again",
    "Stop calling me names",
    "Please don't call me Bob",
    "Am I on the do not call list?",
    "Take that off the list of things to do",
    "Remove the old address from my order",
    "My number is 555 0100",
    "What number is this list from?",
    "Please put me on your mailing list",
    "I want to remove a late fee",
    "No me llames señora",
    "Ne m'appelez pas madame",
    "Nennen Sie mich nicht mehr so",
    "Non mi chiami dottore",
    "Add my number to the list",
    "I took it off your list price",
  ],
  "about calling on": [
    "Call me again tomorrow",
    "Please call me back later",
    "You can call me any time",
    "Don't hang up",
    "I'm not interested",
    "No thanks",
    "Yes",
    "Llámeme más tarde",
    "Rappelez-moi demain",
    "Rufen Sie mich morgen wieder an",
    "Me ligue amanhã",
    "kal call karna",
    "कल कॉल करना",
    "Mi richiami domani",
    "Don't forget to call me again",
    "",
    "Please don't stop calling me",
    "Don't call me crazy but I like it",
    "He asked me to stop calling",
    "I never want to miss your calls",
    "Do not call it a scam",
    "Ich rufe nicht mehr an",
    "Non ho chiamato più",
    "I have to stop calling people names",
  ],
};

describe("a wish that leaves no doubt", () => {
  for (const [language, sentences] of Object.entries(wishes))
    test.each([...sentences])(`in ${language}: %s`, (sentence) => expect(sentenceThatOptsOut(sentence)).toBe(sentence));

  test("is found in the middle of what was said, and quoted as it stands", () => {
    expect(sentenceThatOptsOut("Hello? Yes, that's me. Look, I'm not interested — don't call me again! Goodbye.")).toBe(
      "Look, I'm not interested — don't call me again!",
    );
  });
});

describe("no wish, or one in doubt,", () => {
  for (const [about, sentences] of Object.entries(others))
    test.each([...sentences])(`${about}: %s`, (sentence) => expect(sentenceThatOptsOut(sentence)).toBeUndefined());
});

describe("in a transcript", () => {
  const said = "Please stop calling me.";
  const found = { by: "phrase", quote: said } as const;

  test.each<[string, unknown]>([
    [
      "turns with role and content",
      [
        { role: "assistant", content: "Hello" },
        { role: "user", content: said },
      ],
    ],
    ["turns with role and text", [{ role: "customer", text: said }]],
    ["turns with role and message", [{ role: "user", message: said }]],
    ["turns with a speaker", [{ speaker: "Human", transcript: said }]],
    ["roles in capitals", [{ role: "MESSAGE_ROLE_USER", text: said }]],
    ["content in parts", [{ type: "message", role: "user", content: [{ type: "input_audio", transcript: said }] }]],
    ["content as a list of texts", [{ role: "user", content: [said] }]],
    ["messages inside an object", { messages: [{ role: "user", content: said }] }],
    ["a nested message", [{ message: { role: "user", content: said } }]],
    ["labelled lines", `Agent: Hello, am I speaking to Ann?\nUser: ${said}\n`],
    ["labelled lines with marks", `**Bot:** Hello\n**Customer:** ${said}`],
    ["labelled lines that end as on Windows", `Agent: Hello\r\nUser: ${said}\r\n`],
    ["labelled lines that are indented", `  Agent: Hello\n\t  User:   ${said}`],
  ])("the person's words count: %s", (_shape, transcript) => expect(optOutIn({ transcript })).toEqual(found));

  test.each<[string, unknown]>([
    [
      "the bot's",
      [
        { role: "assistant", content: said },
        { role: "bot", text: said },
        { role: "agent", message: said },
        { role: "ai", text: said },
      ],
    ],
    ["a system's or a tool's", [{ role: "system", content: said }, { role: "tool", content: said }, { content: said }]],
    ["the caller's, who may be the bot", [{ role: "caller", content: said }]],
    ["the bot's in labelled lines", `Agent: If you want us to stop, say: ${said}\nUser: Sure`],
    ["lines without a label", said],
    ["a label of nobody's", `Note: ${said}`],
    ["of no transcript", { text: said }],
    ["of a number", 7],
    ["of null", null],
    ["of a list of texts", [said]],
  ])("nobody else's do: %s", (_shape, transcript) => expect(optOutIn({ transcript })).toBeUndefined());

  test("a phrase that is cut over two turns is none", () => {
    expect(
      optOutIn({
        transcript: [
          { role: "user", text: "Stop" },
          { role: "user", text: "the calling card thing" },
        ],
      }),
    ).toBeUndefined();
  });

  test("a line of blanks as long as a report may be costs no more than another", () => {
    const blanks = " ".repeat(200_000);
    expect(optOutIn({ transcript: `${blanks}x\nAgent${blanks}x\nUser: ${said}` })).toEqual(found);
  });

  test("a turn of a million characters is looked at in part, in no time to speak of", () => {
    expect(optOutIn({ transcript: [{ role: "user", text: "do not ".repeat(150_000) }] })).toBeUndefined();
  });
});

describe("in an analysis", () => {
  test.each<[string, Record<string, unknown>, unknown]>([
    ["true", { opt_out: true }, { by: "analysis", quote: "" }],
    ["requested, with the words", { opt_out: { requested: true, quote: "let me be" } }, { by: "analysis", quote: "let me be" }],
    ["requested, without words", { opt_out: { requested: true } }, { by: "analysis", quote: "" }],
    ["requested, with no text for words", { opt_out: { requested: true, quote: 5 } }, { by: "analysis", quote: "" }],
    ["not requested", { opt_out: { requested: false, quote: "let me be" } }, undefined],
    ["a text", { opt_out: "true" }, undefined],
    ["null", { opt_out: null }, undefined],
    ["something else", { next_action: "not_interested" }, undefined],
  ])("%s", (_what, analysis, expected) => expect(optOutIn({ analysis })).toEqual(expected as undefined));

  test("the person's own words are the better evidence than an analysis without any", () => {
    const transcript = [{ role: "user", content: "Take me off your list." }];
    expect(optOutIn({ analysis: { opt_out: true }, transcript })).toEqual({ by: "phrase", quote: "Take me off your list." });
    expect(optOutIn({ analysis: { opt_out: { requested: true, quote: "enough" } }, transcript })).toEqual({
      by: "analysis",
      quote: "enough",
    });
  });
});
