import { describe, expect, test } from "bun:test";
import { answerChallenge, type Credentials, type DigestState, freshDigest } from "../../../src/sip/message/digest.ts";
import { parseChallenge } from "../../../src/sip/message/header-values.ts";

const mufasa: Credentials = { username: "Mufasa", password: "Circle of Life", realm: undefined };
const answerTo = (
  challenges: string[],
  {
    credentials = mufasa,
    state = freshDigest,
    method = "GET",
    uri = "/dir/index.html",
    cnonce = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ",
  }: { credentials?: Credentials; state?: DigestState; method?: string; uri?: string; cnonce?: string } = {},
) => {
  const answer = answerChallenge({ challenges, method, uri, cnonce }, credentials, state);
  return "refused" in answer ? answer : { ...answer, fields: parseChallenge(answer.value)?.parameters ?? new Map<string, string>() };
};
const field = (answer: ReturnType<typeof answerTo>, name: string) => ("fields" in answer ? answer.fields.get(name) : answer.refused);

describe("the answer to a challenge", () => {
  const rfc7616 = (algorithm: string) =>
    `Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm=${algorithm}, nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"`;

  test.each([
    ["MD5", "8ca523f5e9506fed4657c9700eebdbec"],
    ["SHA-256", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"],
  ])("RFC 7616 §3.9.1, %s", (algorithm, response) => {
    const answer = answerTo([rfc7616(algorithm)]);
    expect(field(answer, "response")).toBe(response);
    expect(field(answer, "nc")).toBe("00000001");
    expect(field(answer, "opaque")).toBe("FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS");
  });

  test("RFC 2617 §3.5", () => {
    const answer = answerTo(
      ['Digest realm="testrealm@host.com", qop="auth,auth-int", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", opaque="x"'],
      { credentials: { ...mufasa, password: "Circle Of Life" }, cnonce: "0a4f113b" },
    );
    expect(field(answer, "response")).toBe("6629fae49393a05397450978507c4ef1");
  });

  test("without qop it is RFC 2069's form: no count, no cnonce", () => {
    const answer = answerTo(['Digest realm="r", nonce="n"'], { method: "INVITE", uri: "sip:a@b" });
    expect("value" in answer && answer.value).not.toMatch(/qop|nc=|cnonce/);
    expect(field(answer, "response")).toMatch(/^[0-9a-f]{32}$/);
  });

  test("MD5-sess carries its cnonce", () =>
    expect(field(answerTo(['Digest realm="r", nonce="n", algorithm=MD5-sess']), "cnonce")).toBeDefined());
  test("a realm with a comma and a quote is quoted again", () =>
    expect(field(answerTo(['Digest realm="a, \\"b\\"", nonce="n"']), "realm")).toBe('a, "b"'));

  test("with SHA-256 on offer MD5 is not answered, whatever the order", () => {
    const md5 = 'Digest realm="r", nonce="n", algorithm=MD5, qop="auth"';
    const sha = md5.replace("MD5", "SHA-256");
    for (const order of [
      [md5, sha],
      [sha, md5],
    ])
      expect(field(answerTo(order), "algorithm")).toBe("SHA-256");
  });

  test.each([
    ["another realm than the trunk's", ['Digest realm="evil", nonce="n"'], { ...mufasa, realm: "ours" }, freshDigest, "realm"],
    ["another realm than the first one seen", ['Digest realm="evil", nonce="n"'], mufasa, { realm: "ours", nonce: "m", uses: 1 }, "realm"],
    ["an unknown algorithm", ['Digest realm="r", nonce="n", algorithm=SHA-512-256'], mufasa, freshDigest, "unsupported"],
    ["auth-int alone", ['Digest realm="r", nonce="n", qop="auth-int"'], mufasa, freshDigest, "unsupported"],
    ["another scheme", ['Basic realm="r"'], mufasa, freshDigest, "unsupported"],
  ])("%s is refused", (_, challenges, credentials, state, refused) =>
    expect(answerTo(challenges, { credentials, state })).toEqual({ refused } as ReturnType<typeof answerTo>),
  );

  test("a nonce used again counts on; a new one begins at 1; stale is told", () => {
    const challenge = (nonce: string, more = "") => [`Digest realm="r", nonce="${nonce}", qop="auth"${more}`];
    const first = answerTo(challenge("a"));
    const state = "state" in first ? first.state : freshDigest;
    const second = answerTo(challenge("a"), { state });
    const third = answerTo(challenge("b", ", stale=TRUE"), { state });
    expect([field(first, "nc"), field(second, "nc"), field(third, "nc")]).toEqual(["00000001", "00000002", "00000001"]);
    expect(["stale" in first && first.stale, "stale" in third && third.stale]).toEqual([false, true]);
  });
});
